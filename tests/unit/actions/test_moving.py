"""Moving a file: never onto another, whatever the names."""

from __future__ import annotations

import os

import pytest
import xxhash

from difd.actions.moving import move
from difd.actions.witness import Witness
from difd.protocol.errors import ActionRefused


def witness(path) -> Witness:
    status = os.lstat(path)
    return Witness(
        path=os.fsencode(path),
        device=status.st_dev,
        inode=status.st_ino,
        size=status.st_size,
        mtime_ns=status.st_mtime_ns,
        digest=xxhash.xxh3_128(path.read_bytes()).digest(),
    )


@pytest.mark.parametrize("name", ["a.jpg", "a", ".hidden", "x" * 251 + ".jpg", "ü" * 125 + ".png"])
def test_a_taken_name_gets_a_number_and_nothing_is_overwritten(tmp_path, name):
    target = tmp_path / "target"
    target.mkdir()
    contents = [f"content {number}".encode() for number in range(4)]
    (target / name).write_bytes(contents[0])
    for number in (1, 2, 3):
        folder = tmp_path / str(number)
        folder.mkdir()
        (folder / name).write_bytes(contents[number])
        moved = move(witness(folder / name), os.fsencode(target))
        assert os.path.splitext(moved)[1] == os.path.splitext(os.fsencode(name))[1]
        with open(moved, "rb") as file:
            assert file.read() == contents[number]
        assert not (folder / name).exists()
    assert sorted(os.path.getsize(p) for p in target.iterdir()) == [9] * 4
    assert {p.read_bytes() for p in target.iterdir()} == set(contents)


def test_a_folder_that_cannot_be_written_leaves_the_original(tmp_path):
    (tmp_path / "a.jpg").write_text("a")
    with pytest.raises(ActionRefused, match="could not be moved"):
        move(witness(tmp_path / "a.jpg"), os.fsencode(tmp_path / "nowhere"))
    assert (tmp_path / "a.jpg").read_text() == "a"


def test_a_dangling_link_with_the_name_is_not_followed(tmp_path):
    (tmp_path / "a.jpg").write_text("a")
    target = tmp_path / "target"
    target.mkdir()
    (target / "a.jpg").symlink_to(tmp_path / "elsewhere")
    moved = move(witness(tmp_path / "a.jpg"), os.fsencode(target))
    assert moved == os.fsencode(target / "a (2).jpg")
    assert not (tmp_path / "elsewhere").exists()
