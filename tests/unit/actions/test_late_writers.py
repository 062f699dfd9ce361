"""What others do at the last moment: what they write is kept, and the last file is, too."""

from __future__ import annotations

import os
import subprocess
import time

import pytest
from harness.plans import copies
from harness.witnesses import witness

from difd.actions.checks.last_look import LastLook, last_look
from difd.actions.files.appearance import appearance_of
from difd.actions.verbs import linking
from difd.actions.verbs.moving import move
from difd.actions.verbs.setting_aside import remove
from difd.actions.verbs.steps import carry_out
from difd.protocol.errors import ActionRefused
from difd.store.action_items import Deleting, Linking

MOST = 10.0
"""Seconds until a process that was started has opened its file."""


class LateWriter(LastLook):
    """Lets somebody open a file right after all was looked at, and before the name changes.

    Args:
        look: what is looked at.
        path: of the file.
    """

    def __init__(self, look, path):
        self.__dict__.update(look.__dict__)
        self._path = path
        self.writer = None

    def before_the_change(self):
        super().before_the_change()
        code = "import sys; open(sys.argv[1], 'ab').write(b' and more')"
        self.writer = subprocess.Popen(["python3", "-c", code, self._path])
        end = time.monotonic() + MOST
        while time.monotonic() < end:
            try:
                self.let_write()
            except ActionRefused:
                return
            time.sleep(0.01)
        pytest.skip("this file system has no leases")


def delete(file, _keeper, look):
    remove(file, file.path + b".aside", look)


def link(file, keeper, look):
    linking.replace(file, keeper, "symbolic", file.path + b".link", look)


def take_elsewhere(file, _keeper, look):
    folder = os.path.join(os.path.dirname(file.path), b"elsewhere")
    os.mkdir(folder)
    move(file, os.path.join(folder, b"b.png"), os.path.join(folder, b"part"), look=look)


@pytest.mark.parametrize("change", [delete, link, take_elsewhere])
@pytest.mark.parametrize("written", ["a.png", "b.png"])
def test_what_is_written_at_the_last_moment_is_kept_and_so_is_the_other_file(
    tmp_path, change, written
):
    keeper, going = (witness(path) for path in copies(tmp_path, ["a.png", "b.png"]))
    verb = "move" if change is take_elsewhere else change.__name__
    with last_look(going, keeper, verb, probe=going.path + b".aside") as look:
        late = LateWriter(look, tmp_path / written)
        with pytest.raises(ActionRefused, match="writing"):
            change(going, keeper, late)
    assert late.writer.wait(MOST) == 0
    found = {name: (tmp_path / name).read_bytes() for name in ("a.png", "b.png")}
    assert found == {"a.png": b"picture", "b.png": b"picture"} | {written: b"picture and more"}


class LastMoment(LastLook):
    """The file that stays goes right after it was looked at for the last time.

    Args:
        look: what is looked at.
        keeper: the path of what stays.
    """

    def __init__(self, look, keeper):
        self.__dict__.update(look.__dict__)
        self._keeper_path = keeper

    def after_the_change(self):
        super().after_the_change()
        os.unlink(self._keeper_path)


def step_of(verb, file, keeper):
    temporary = os.path.join(os.path.dirname(file.path), b".temporary")
    if verb == "delete":
        return Deleting(file=file, temporary=temporary)
    return Linking(
        file=file,
        keeper=keeper,
        kind="symbolic",
        temporary=temporary,
        appearance=appearance_of(file.path),
    )


@pytest.mark.parametrize("verb", ["delete", "link"])
def test_a_file_that_turns_out_to_be_the_last_one_is_written_anew(tmp_path, verb):
    a, b = copies(tmp_path, ["a.png", "b.png"])
    b.chmod(0o640)
    os.utime(b, ns=(1, 2))
    keeper, going = witness(a), witness(b)
    with (
        last_look(going, keeper, verb, probe=going.path + b".probe") as look,
        pytest.raises(ActionRefused, match="written anew"),
    ):
        carry_out(step_of(verb, going, keeper), LastMoment(look, a))
    (found,) = (path for path in tmp_path.iterdir() if not path.is_symlink())
    assert found.read_bytes() == b"picture"
    assert (found.stat().st_mode & 0o777, found.stat().st_mtime_ns) == (0o640, 2)
