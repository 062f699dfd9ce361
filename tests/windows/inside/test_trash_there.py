r"""The Recycle Bin as Windows keeps it: `$I` and `$R` in a folder of the user, on each volume."""

from __future__ import annotations

import os
import shutil
import struct
from collections.abc import Iterator
from pathlib import Path

import pytest
from harness.windows_actions import CONTENT, Actions

from difd.protocol.actions import ActionOptions
from difd.system.windows import owners, trash, wine


def note(path: str, version: int) -> bytes:
    """What Windows writes down of a file, before version 10 and since."""
    head = struct.pack("<qqq", version, len(CONTENT), 133_000_000_000_000_000)
    text = f"{path}\0".encode("utf-16-le", "surrogatepass")
    if version == 1:
        return head + text.ljust(520, b"\0")
    return head + struct.pack("<I", len(text) // 2) + text


@pytest.mark.parametrize("version", [1, 2])
@pytest.mark.parametrize("path", [r"C:\a.jpg", "D:\\Ärger & Söhne\\\ud83d\ude00 (1).jpg"])
def test_a_note_says_where_a_file_came_from(path, version):
    whole = path.encode("utf-16-le", "surrogatepass").decode("utf-16-le")
    assert trash.path_in(note(whole, version)) == os.fsencode(whole)


@pytest.mark.parametrize("held", [b"", b"\0" * 24, b"\2" + b"\0" * 24, b"\3" + b"\0" * 60])
def test_what_is_no_note_says_nothing(held):
    assert trash.path_in(held) == b""


def test_a_note_that_is_cut_says_nothing_wrong():
    whole = note(r"C:\pictures\a.jpg", 2)
    for length in range(len(whole)):
        found = trash.path_in(whole[:length])
        assert rb"C:\pictures\a.jpg".startswith(found)


@pytest.fixture
def drive(monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A volume of its own, with a bin; nobody asks wine where it puts things."""
    monkeypatch.setattr(wine, "trash", lambda: None)
    drive = Path(os.environ["DIFD_DRIVE"])
    yield drive
    for path in drive.iterdir():
        shutil.rmtree(path)


class Bin:
    """Does what Windows does when it puts a file into the bin of a volume."""

    def __init__(self, drive: Path) -> None:
        self.folder = drive / "$Recycle.Bin" / owners.my_sid()
        self.folder.mkdir(parents=True)
        (self.folder / "desktop.ini").write_bytes(b"")
        self.taken = 0

    def take(self, path: bytes) -> None:
        self.taken += 1
        name = f"AB12C{self.taken}{Path(os.fsdecode(path)).suffix}"
        (self.folder / f"$I{name}").write_bytes(note(os.fsdecode(path), 2))
        os.rename(path, os.fsencode(self.folder / f"$R{name}"))


def test_what_windows_puts_into_the_bin_is_found_there_and_comes_back(drive, monkeypatch):
    taker = Bin(drive)
    monkeypatch.setattr(trash, "put", taker.take)
    monkeypatch.setattr("difd.system.trash.put", taker.take)
    actions = Actions(drive / "pictures")
    for _ in range(2):
        actions.make()
        number = actions.plan(ActionOptions(verb="trash"))
        assert actions.execute(number).done == 1, actions.item(number)
    assert len(list(taker.folder.glob("$R*"))) == 2
    assert actions.left() == []
    assert actions.undo(number).undone == 1, actions.item(number)
    assert actions.removal.read_bytes() == CONTENT
    assert [path.name for path in taker.folder.glob("$*")] == ["$IAB12C1.jpg", "$RAB12C1.jpg"]


def test_a_file_that_windows_removes_for_good_stays(drive, monkeypatch):
    Bin(drive)
    monkeypatch.setattr("difd.system.trash.put", os.unlink)
    actions = Actions(drive / "pictures")
    actions.make()
    number = actions.plan(ActionOptions(verb="trash"))
    done = actions.execute(number)
    assert (done.done, done.refused) == (0, 1)
    assert "was not found in the trash" in (actions.item(number).message or "")
    assert actions.removal.read_bytes() == CONTENT
    assert os.lstat(actions.removal).st_nlink == 1
    assert actions.left() == []
