"""What wine lacks, faked as Windows documents it: streams, junctions, files of clouds.

Whether Windows answers so nobody has seen here; what is made of the answers is run.
"""

from __future__ import annotations

import ctypes
import os
import stat
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import pytest
from harness.windows_actions import Actions

from difd.actions.files.attributes import lost_attributes
from difd.engine.find import discover as module
from difd.engine.find.discover import discover
from difd.protocol.actions import ActionOptions
from difd.protocol.errors import OwnFilesUnsafe
from difd.protocol.options import SearchOptions
from difd.protocol.ownership import check_folder
from difd.system import advice, attributes, files
from difd.system.windows import attributes as streams

END_OF_LIST = 38


@pytest.fixture
def hang(monkeypatch) -> dict[str, dict[str, bytes]]:
    """Streams by the name of their file; FindFirstStreamW and FindNextStreamW tell of them."""
    held: dict[str, dict[str, bytes]] = {}
    searches: dict[int, Iterator[str]] = {}

    def first(place, _level, told, _flags):
        names = ["", *held.get(os.path.basename(place), {})]
        searches[len(searches) + 1] = iter([f":{name}:$DATA" for name in names])
        told._obj.name = next(searches[len(searches)])
        return len(searches)

    def following(search, told):
        name = next(searches[search], None)
        if name is None:
            ctypes.set_last_error(END_OF_LIST)
            return False
        told._obj.name = name
        return True

    class Stream:
        def __init__(self, path, _mode):
            name, self._stream = os.path.basename(path).rsplit(":", 1)
            self._held = held[name]

        def __enter__(self):
            return self

        def __exit__(self, *_):
            pass

        def read(self, most):
            return self._held[self._stream][:most]

    monkeypatch.setattr(streams, "_first", first)
    monkeypatch.setattr(streams, "_next", following)
    monkeypatch.setattr(streams, "_close", lambda _search: True)
    monkeypatch.setattr(streams, "open", Stream, raising=False)
    return held


def test_streams_are_listed_without_the_content_and_what_windows_writes_is_no_value(tmp_path, hang):
    path = tmp_path / "a.jpg"
    path.write_bytes(b"picture")
    hang["a.jpg"] = {"Zone.Identifier": b"[ZoneTransfer]", "notes": b"from Ada", "\u00fc": b""}
    names = attributes.names(os.fsencode(path))
    assert names == ["Zone.Identifier", "notes", "\u00fc"]
    assert [name for name in names if attributes.is_of_people(name)] == ["notes", "\u00fc"]
    assert attributes.value(os.fsencode(path), "notes") == b"from Ada"


def test_a_stream_that_the_other_file_lacks_or_has_otherwise_is_told(tmp_path, hang):
    one, other = (os.fsencode(tmp_path / name) for name in ("a.jpg", "b.jpg"))
    for path in (one, other):
        Path(os.fsdecode(path)).write_bytes(b"picture")
    hang["a.jpg"] = {"Zone.Identifier": b"web", "notes": b"from Ada", "rating": b"5"}
    hang["b.jpg"] = {"rating": b"5"}
    assert lost_attributes(one, other) == ["notes"]
    assert lost_attributes(other, one) == []
    hang["b.jpg"]["rating"] = b"1"
    assert lost_attributes(one, other) == ["notes", "rating"]


def test_a_stream_that_is_too_large_to_be_compared_is_said(tmp_path, hang):
    path = tmp_path / "a.jpg"
    path.write_bytes(b"picture")
    hang["a.jpg"] = {"model": bytes((1 << 20) + 1)}
    with pytest.raises(OSError, match="larger than 1 MiB"):
        attributes.value(os.fsencode(path), "model")


def test_a_plan_for_the_trash_warns_of_a_stream_and_one_to_delete_holds_it_back(tmp_path, hang):
    actions = Actions(tmp_path / "pictures")
    actions.make()
    hang[actions.removal.name] = {"Zone.Identifier": b"web", "notes": b"from Ada"}
    (told,) = actions.told(actions.plan(ActionOptions(verb="trash")))
    assert "the file that stays lacks its extended attributes notes" in told.warnings
    (held,) = actions.told(actions.plan(ActionOptions(verb="delete")))
    assert "holds" in held.reason


def entry(path: Path, **told: int) -> SimpleNamespace:
    """What a listing has of a file or folder, with other flags or another kind of link."""
    name = os.fsencode(path)
    found = os.lstat(path)
    more = {"st_file_attributes": found.st_file_attributes, "st_reparse_tag": 0} | told
    status = SimpleNamespace(
        **{field: getattr(found, field) for field in dir(found) if field.startswith("st_")} | more
    )
    is_folder = stat.S_ISDIR(found.st_mode)
    return SimpleNamespace(
        name=os.path.basename(name),
        path=name,
        status=status,
        stat=lambda **_: status,
        is_dir=lambda **_: is_folder,
        is_file=lambda **_: not is_folder,
        is_symlink=lambda: False,
    )


def searched(folder: Path, entries: list[SimpleNamespace], monkeypatch) -> module.Discovery:
    """What a search of a folder reads, whose listing is this."""

    class Listing(list):
        def __enter__(self):
            return iter(self)

        def __exit__(self, *_):
            pass

    real, listed = os.scandir, files.listed_status
    own = os.fsencode(folder)
    fake = SimpleNamespace(**vars(os))
    fake.scandir = lambda path: Listing(entries) if path == own else real(path)
    monkeypatch.setattr(module, "os", fake)
    monkeypatch.setattr(
        files, "listed_status", lambda one: getattr(one, "status", None) or listed(one)
    )
    options = SearchOptions(paths=(own,))
    return discover(options, lambda: False, lambda _: None)


def test_a_junction_is_never_followed_and_said(tmp_path, monkeypatch):
    (tmp_path / "a.jpg").write_bytes(b"picture")
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "elsewhere" / "b.jpg").write_bytes(b"picture")
    (tmp_path / "cloud").mkdir()
    (tmp_path / "cloud" / "c.jpg").write_bytes(b"picture")
    reparse = stat.FILE_ATTRIBUTE_REPARSE_POINT | stat.FILE_ATTRIBUTE_DIRECTORY
    junction = entry(
        tmp_path / "elsewhere",
        st_file_attributes=reparse,
        st_reparse_tag=stat.IO_REPARSE_TAG_MOUNT_POINT,
    )
    # A folder of OneDrive is a reparse point, too, and leads nowhere else.
    synced = entry(tmp_path / "cloud", st_file_attributes=reparse, st_reparse_tag=0x9000_001A)
    entries = [entry(tmp_path / "a.jpg"), junction, synced]
    found = searched(tmp_path, entries, monkeypatch)
    assert [os.path.basename(file.path) for file in found.files] == [b"a.jpg", b"c.jpg"]
    told = {os.path.basename(one.path): one.reason for one in found.unreadable}
    assert told == {b"elsewhere": "leads to another folder (a junction), and is not followed"}


@pytest.mark.parametrize("flag", [0x40_0000, 0x4_0000, 0x1000], ids=["data", "open", "offline"])
def test_a_file_of_a_cloud_is_not_opened_by_a_search_unless_it_is_given(
    tmp_path, monkeypatch, flag
):
    (tmp_path / "here.jpg").write_bytes(b"picture")
    (tmp_path / "cloud.jpg").write_bytes(b"picture")
    there = entry(tmp_path / "cloud.jpg", st_file_attributes=flag | 0x20)
    found = searched(tmp_path, [entry(tmp_path / "here.jpg"), there], monkeypatch)
    assert [os.path.basename(file.path) for file in found.files] == [b"here.jpg"]
    (told,) = found.unreadable
    assert os.path.basename(told.path) == b"cloud.jpg"
    assert "not on this computer" in told.reason
    given = discover(
        SearchOptions(paths=(os.fsencode(tmp_path / "cloud.jpg"),)), lambda: False, lambda _: None
    )
    assert b"cloud.jpg" in {os.path.basename(file.path) for file in given.files}


def test_hints_name_commands_that_windows_has(tmp_path):
    place = tmp_path / "own"
    assert advice.keep_others_out(str(place), of_all=True) == f'icacls "{place}" /reset'
    assert advice.remove_link("\\\\?\\C:\\a b") == 'rmdir "C:\\a b"'
    place.write_bytes(b"")
    with pytest.raises(OwnFilesUnsafe) as refused:
        check_folder(place, private=True)
    assert refused.value.hint == f'Move it away: move "{place}" "{place}.old"'
