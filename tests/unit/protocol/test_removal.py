"""Of what lies in our folders, only what is provably ours is ever removed."""

from __future__ import annotations

import os
import shutil
import socket
import struct
from pathlib import Path

import msgspec
import pytest
from harness.pictures import photo

from difd.protocol.errors import OwnFilesUnsafe
from difd.protocol.ownership import make_folder
from difd.protocol.removal import (
    SLAB_MAGIC,
    OwnFolder,
    is_slab,
    remove_cache,
    remove_file,
    remove_named,
)

NAME = "0123456789abcdef.slab"


@pytest.fixture
def cache(tmp_path) -> Path:
    """A cache as it is, with a slab, an index and a lock."""
    place = tmp_path / "cache" / "difd" / "tensors-2"
    make_folder(place / "slabs")
    (place / "slabs" / NAME).write_bytes(SLAB_MAGIC + b"records")
    (place / "index.sqlite").write_bytes(b"SQLite format 3\0 and so on")
    (place / "room.lock").touch()
    return place


@pytest.fixture
def pictures(tmp_path) -> Path:
    folder = tmp_path / "pictures"
    folder.mkdir(mode=0o700)
    photo().save(folder / "a.jpg")
    photo().save(folder / NAME, "PNG")
    return folder


def names(folder: Path) -> list[str]:
    return sorted(os.listdir(folder))


def test_a_cache_goes_with_all_that_is_in_it(cache):
    remove_cache(cache)
    assert not cache.exists()


@pytest.mark.parametrize("below", ["", "slabs"])
def test_a_link_to_pictures_in_its_place_leaves_them(cache, pictures, below):
    shutil.rmtree(cache / below)
    (cache / below).symlink_to(pictures)
    with pytest.raises(OwnFilesUnsafe, match="is a link"):
        remove_cache(cache)
    assert names(pictures) == [NAME, "a.jpg"]


def test_pictures_in_it_stay_whatever_they_are_called(cache, pictures):
    shutil.copy(pictures / NAME, cache / "slabs" / "ffffffffffffffff.slab")
    shutil.copy(pictures / "a.jpg", cache / "slabs")
    shutil.copy(pictures / "a.jpg", cache / "room.lock")
    (cache / "index.sqlite").unlink()
    os.link(pictures / "a.jpg", cache / "index.sqlite")
    (cache / "slabs" / "aaaaaaaaaaaaaaaa.slab").symlink_to(pictures / "a.jpg")
    (cache / "slabs" / "bbbbbbbbbbbbbbbb.slab").mkdir()
    remove_cache(cache)
    assert names(cache) == ["index.sqlite", "room.lock", "slabs"]
    left = ["a.jpg", "aaaaaaaaaaaaaaaa.slab", "bbbbbbbbbbbbbbbb.slab", "ffffffffffffffff.slab"]
    assert names(cache / "slabs") == left


@pytest.mark.skipif(os.getuid() != 0, reason="only root can give a file away")
def test_somebody_elses_file_stays(cache):
    os.chown(cache / "slabs" / NAME, 65533, 65533)
    remove_cache(cache)
    assert names(cache / "slabs") == [NAME]


def former_slab(first: object) -> bytes:
    description = msgspec.msgpack.encode(first)
    return struct.pack("<16sQQ", bytes(16), len(description), 3) + description + b"abc"


@pytest.mark.parametrize(
    ("content", "ours"),
    [
        (former_slab([bytes(16), "50 px, exact, image, engine 3", 4, 3]), True),
        (former_slab([bytes(16), "something else"]), False),
        (former_slab({"a": 1}), False),
        (former_slab([bytes(16), "50 px, exact"])[:-1], False),
        (b"\xff\xd8\xff\xe0" + bytes(100), False),
        (SLAB_MAGIC, True),
        (b"short", False),
    ],
)
def test_slabs_of_this_and_the_former_version_are_known(tmp_path, content, ours):
    (tmp_path / "file").write_bytes(content)
    descriptor = os.open(tmp_path / "file", os.O_RDONLY)
    try:
        assert is_slab(descriptor) is ours
    finally:
        os.close(descriptor)


def test_what_is_not_there_is_gone(cache):
    assert remove_file(cache / "nothing")
    assert remove_file(cache / "no folder" / "nothing")
    remove_cache(cache / "nothing")
    remove_named(cache / "nothing", ("*",))


def test_a_file_in_the_place_of_a_folder_stays(cache):
    for remove in (remove_cache, lambda path: remove_named(path, ("*",))):
        remove(cache / "room.lock")
    assert (cache / "room.lock").exists()


def test_a_socket_is_removed_and_a_folder_in_its_place_is_not(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind("difd.sock")
    assert remove_file(tmp_path / "difd.sock")
    (tmp_path / "difd.sock").mkdir()
    assert not remove_file(tmp_path / "difd.sock")
    assert names(tmp_path) == ["difd.sock"]


def test_files_with_names_of_ours_go_and_the_others_stay(tmp_path, pictures):
    inner = tmp_path / "compiled" / "loops_1234"
    make_folder(inner)
    for name in ("a.nbi", "a.nbc"):
        (inner / name).touch()
    (tmp_path / "compiled" / "mine.txt").touch()
    (tmp_path / "compiled" / "link").symlink_to(pictures)
    remove_named(tmp_path / "compiled", ("*.nbi", "*.nbc"))
    assert names(tmp_path / "compiled") == ["link", "mine.txt"]
    assert names(pictures) == [NAME, "a.jpg"]


def test_a_folder_that_is_held_is_the_one_that_was_looked_at(cache, pictures):
    with OwnFolder(cache / "slabs") as slabs:
        (cache / "slabs").rename(cache / "elsewhere")
        (cache / "slabs").symlink_to(pictures)
        assert slabs.remove(NAME, is_slab)
    assert names(pictures) == [NAME, "a.jpg"]
    assert names(cache / "elsewhere") == []
