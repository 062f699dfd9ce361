"""What cannot be given its name again is not lost: the refusal says where it is."""

from __future__ import annotations

import os
import subprocess
from contextlib import contextmanager

import pytest
from harness.folders import contents
from harness.witnesses import witness

from difd.actions.checks.last_look import Unwatched
from difd.actions.verbs.linking import replace
from difd.actions.verbs.moving import move
from difd.actions.verbs.setting_aside import remove
from difd.protocol.errors import ActionRefused


def fixed(folder, flag):
    subprocess.run(["chattr", flag, os.fsdecode(folder)], check=True, capture_output=True)


class Failing(Unwatched):
    """Finds out after the change that the file should have stayed.

    Args:
        file: what goes.
        folder: made unchangeable at that moment; None leaves it alone.
    """

    def __init__(self, file, folder):
        super().__init__(file)
        self._folder = folder

    def after_the_change(self):
        if self._folder is not None:
            fixed(self._folder, "+i")
        raise ActionRefused("It has to stay.", path=b"/")


@contextmanager
def changeable_again(*folders):
    try:
        yield
    finally:
        for folder in folders:
            fixed(folder, "-i")


@pytest.fixture
def file(tmp_path):
    folder = tmp_path / "p"
    folder.mkdir()
    (folder / "a.jpg").write_bytes(b"picture")
    return witness(os.fsencode(folder / "a.jpg"))


def link(file, folder):
    keeper = folder / "kept.jpg"
    keeper.write_bytes(b"picture")
    part = os.fsencode(folder / ".difd-1.part")
    look = Failing(file, folder)
    replace(file, witness(os.fsencode(keeper)), "hard", part, look)


def test_a_file_that_was_set_aside_is_named(file, tmp_path):
    folder = tmp_path / "p"
    aside = os.fsencode(folder / ".difd-1.part")
    with (
        changeable_again(folder),
        pytest.raises(ActionRefused, match=r"It is at '.*/p/\.difd-1\.part' now"),
    ):
        remove(file, aside, Failing(file, folder))
    assert contents(folder) == {".difd-1.part": b"picture"}


def test_a_file_that_was_moved_is_named(file, tmp_path):
    there = tmp_path / "q"
    there.mkdir()
    with (
        changeable_again(tmp_path / "p"),
        pytest.raises(ActionRefused, match=r"It is at '.*/q/b\.jpg' now"),
    ):
        move(
            file,
            os.fsencode(there / "b.jpg"),
            os.fsencode(there / ".difd-1.part"),
            look=Failing(file, tmp_path / "p"),
        )
    assert contents(there) == {"b.jpg": b"picture"}


def test_a_file_that_changed_names_with_a_link_is_named(file, tmp_path):
    folder = tmp_path / "p"
    with (
        changeable_again(folder),
        pytest.raises(ActionRefused, match=r"It is at '.*/p/\.difd-1\.part' now"),
    ):
        link(file, folder)
    assert contents(folder) == dict.fromkeys(("a.jpg", "kept.jpg", ".difd-1.part"), b"picture")


def test_what_can_be_taken_back_is(file, tmp_path):
    with pytest.raises(ActionRefused, match="It has to stay"):
        remove(file, os.fsencode(tmp_path / "p" / ".difd-1.part"), Failing(file, None))
    assert contents(tmp_path / "p") == {"a.jpg": b"picture"}
