"""What of watched folders is new, and what was only renamed, moved, touched or is away."""

from __future__ import annotations

import os
from pathlib import Path

from harness.folders import search, touch
from msgspec.structs import replace

from difd.engine.record import Found
from difd.engine.watch.changes import Changes, at_or_below
from difd.protocol.watching import KnownImage


def found(folder: Path) -> list[Found]:
    return search(folder, limit_extensions=False).files


def digest(file: Found) -> bytes:
    """The content stands for its digest."""
    return Path(os.fsdecode(file.path)).read_bytes()


def known_of(folder: Path) -> dict[bytes, KnownImage]:
    known: dict[bytes, KnownImage] = {}
    changes = Changes(known)
    for file in found(folder):
        changes.learn(file, os.fsencode(folder), digest(file))
    return known


def new_names(folder: Path, known: dict[bytes, KnownImage]) -> set[str]:
    """The names of what is new, after a look at everything."""
    changes = Changes(known)
    files = found(folder)
    here = {file.path for file in files}
    changes.lose([path for path in list(known) if path not in here])
    new = set()
    unsettled = changes.unsettled(files)
    changes.displace((file, digest(file)) for file in unsettled)
    for file in unsettled:
        if changes.is_new(file, digest(file)):
            new.add(os.path.basename(os.fsdecode(file.path)))
        changes.learn(file, os.fsencode(folder), digest(file))
    assert {path for path in known if os.path.lexists(path)} >= here
    return new


def test_what_is_known_is_not_read_again(tmp_path):
    touch(tmp_path / "a", b"A")
    known = known_of(tmp_path)
    assert Changes(known).unsettled(found(tmp_path)) == []


def test_new_files_and_new_contents_are_new(tmp_path):
    touch(tmp_path / "a", b"A")
    known = known_of(tmp_path)
    touch(tmp_path / "b", b"B")
    (tmp_path / "a").write_bytes(b"other")
    assert new_names(tmp_path, known) == {"a", "b"}
    assert new_names(tmp_path, known) == set()


def test_renamed_moved_touched_and_rewritten_files_are_not(tmp_path):
    for name in ("a", "sub/b", "c", "d"):
        touch(tmp_path / name, name.encode())
    known = known_of(tmp_path)
    (tmp_path / "a").rename(tmp_path / "z")
    (tmp_path / "sub").rename(tmp_path / "other")
    os.utime(tmp_path / "c")
    (tmp_path / "d").unlink()
    (tmp_path / "d").write_bytes(b"d")
    assert new_names(tmp_path, known) == set()
    assert {os.path.relpath(os.fsdecode(path), tmp_path) for path in known} == {
        "z",
        "other/b",
        "c",
        "d",
    }


def test_files_that_exchange_their_names_are_not_new(tmp_path):
    touch(tmp_path / "a", b"A")
    touch(tmp_path / "b", b"B")
    known = known_of(tmp_path)
    (tmp_path / "a").rename(tmp_path / "c")
    (tmp_path / "b").rename(tmp_path / "a")
    (tmp_path / "c").rename(tmp_path / "b")
    assert new_names(tmp_path, known) == set()
    (tmp_path / "a").rename(tmp_path / "b")
    assert new_names(tmp_path, known) == set()


def test_one_file_that_is_gone_stands_for_one_that_came(tmp_path):
    touch(tmp_path / "a", b"A")
    known = known_of(tmp_path)
    (tmp_path / "a").rename(tmp_path / "b")
    touch(tmp_path / "c", b"A")
    assert len(new_names(tmp_path, known)) == 1


def test_what_vanished_long_ago_stands_for_nothing(tmp_path):
    touch(tmp_path / "a", b"A")
    known = known_of(tmp_path)
    (tmp_path / "a").unlink()
    changes = Changes(known)
    changes.forget(list(known))
    assert changes.gone == {os.fsencode(tmp_path / "a")}
    touch(tmp_path / "b", b"A")
    assert new_names(tmp_path, known) == {"b"}


def test_a_file_that_moved_from_where_nobody_looked_is_not_new(tmp_path):
    touch(tmp_path / "elsewhere" / "a", b"A")
    known = known_of(tmp_path / "elsewhere")
    (tmp_path / "here").mkdir()
    (tmp_path / "elsewhere" / "a").rename(tmp_path / "here" / "a")
    assert new_names(tmp_path / "here", dict(known)) == set()
    changes = Changes(known)
    (file,) = found(tmp_path / "here")
    assert changes.is_new(file, b"A") is False
    assert changes.gone == {os.fsencode(tmp_path / "elsewhere" / "a")}


def test_another_name_of_a_file_is_not_new(tmp_path):
    touch(tmp_path / "b", b"B")
    known = known_of(tmp_path)
    os.link(tmp_path / "b", tmp_path / "c")
    (file,) = found(tmp_path)
    alone = replace(file, path=os.fsencode(tmp_path / "c"), links=())
    assert Changes(known).unsettled([alone]) == []
    # A walk gives it the name that comes first.
    os.link(tmp_path / "b", tmp_path / "a")
    assert new_names(tmp_path, known) == set()
    assert set(known) == {os.fsencode(tmp_path / "a")}


def test_files_on_a_volume_that_is_not_there_are_kept(tmp_path):
    touch(tmp_path / "volume" / "a", b"A")
    known = known_of(tmp_path / "volume")
    (path,) = known
    known[path] = replace(known[path], volume=known[path].volume + 1)
    (tmp_path / "volume" / "a").unlink()
    changes = Changes(known)
    changes.lose([path])
    assert path in known
    assert changes.gone == set()
    # What comes meanwhile is a copy of it, not it under another name.
    touch(tmp_path / "b", b"A")
    (file,) = found(tmp_path)
    assert changes.is_new(file, b"A")


def test_what_could_not_be_read_is_tried_again(tmp_path):
    for name in ("old", "new", "read before"):
        touch(tmp_path / name, name.encode())
    files = {os.path.basename(file.path): file for file in found(tmp_path)}
    watch = os.fsencode(tmp_path)
    known: dict[bytes, KnownImage] = {}
    changes = Changes(known)
    changes.learn(files[b"read before"], watch, b"digest")
    assert changes.owe(files[b"read before"], watch, old=False) is None
    assert changes.owe(files[b"old"], watch, old=True).owed == "old"
    assert changes.owe(files[b"new"], watch, old=False).owed == "new"
    assert set(changes.owed(watch)) == {files[b"old"].path, files[b"new"].path}
    assert changes.owed(b"/other") == []
    assert {os.path.basename(file.path) for file in changes.unsettled(found(tmp_path))} == {
        b"old",
        b"new",
    }
    assert changes.was_there(files[b"old"])
    assert not changes.was_there(files[b"new"])
    os.utime(tmp_path / "old")
    (changed,) = [file for file in found(tmp_path) if file.path == files[b"old"].path]
    assert not changes.was_there(changed)
    changes.learn(changed, watch, b"digest")
    assert changes.owed(watch) == [files[b"new"].path]


def test_what_is_at_or_below_a_place():
    names = (b"/p/a", b"/p/ab", b"/p/a/x", b"/p/a/y/z", b"/q/a")
    known = dict.fromkeys(names)
    assert set(at_or_below(known, [b"/p/ab"])) == {b"/p/ab"}
    assert set(at_or_below(known, [b"/p/a/y", b"/q/a"])) == {b"/p/a/y/z", b"/q/a"}
    assert set(at_or_below(known, [b"/p"])) == set(names) - {b"/q/a"}
    assert set(at_or_below(known, [b"/"])) == set(names)
    assert at_or_below(known, [b"/nowhere"]) == []
