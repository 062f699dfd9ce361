"""The last copy stays when two do not know of each other, and when the power fails."""

from __future__ import annotations

import errno
import fcntl
import os
import time
from contextlib import closing
from pathlib import Path

import pytest
from harness.disks import removable_disk
from harness.plans import copies, group
from harness.witnesses import witness

from difd.actions.checks import claim
from difd.actions.checks.claim import Held, claimed
from difd.actions.plan.planner import Planner
from difd.actions.verbs.execution import execute
from difd.protocol.actions import ActionOptions
from difd.store.action_journal import ActionJournal
from difd.system import files
from difd.system.posix import mounts


def mount_of(path):
    """The number by which the kernel's table of mounts knows where a file is."""
    with path.open("rb") as file:
        info = Path(f"/proc/self/fdinfo/{file.fileno()}").read_text()
    return info.partition("mnt_id:")[2].split()[0]


def carried_out(state, keeper, removal):
    """What became of a file that was to be deleted, with a state directory of its own."""
    with closing(ActionJournal(state / "actions.sqlite")) as journal:
        planner = Planner(journal, lambda _: ())
        plan = planner.plan(group(keeper, removal), ActionOptions(verb="delete"))
        execute(journal, plan.id, state)
        return journal.rows(plan.id, 0, 1)[0]


def test_with_two_state_directories_a_keeper_is_not_taken_while_its_copy_goes(tmp_path):
    one, other = copies(tmp_path, ["one/a.png", "other/a.png"])
    with claimed(witness(one), witness(other)):
        row = carried_out(tmp_path / "state", one, other)
        assert (row.state, row.message) == (
            "refused",
            "Another program has locked it; try again later.",
        )
        assert other.exists()
    assert carried_out(tmp_path / "state", one, other).state == "done"


def test_one_file_that_stays_may_answer_for_two_at_once(tmp_path):
    keeper, one, other = copies(tmp_path, ["k.png", "a.png", "b.png"])
    with claimed(witness(one), witness(keeper)):
        assert carried_out(tmp_path / "state", keeper, other).state == "done"


def test_a_copy_that_was_written_a_moment_ago_is_on_the_disk_before_the_other_goes(tmp_path):
    with removable_disk(tmp_path / "disk") as disk:
        content = bytes(range(256)) * 1000
        (old,) = copies(tmp_path / "disk", ["card/a.png"], content)
        with old.open("rb") as file:
            os.fsync(file.fileno())
        (new,) = copies(tmp_path / "disk", ["album/a.png"], content)
        assert carried_out(tmp_path / "disk" / "state", new, old).state == "done"
        with disk.after_power_cut(tmp_path / "cut"):
            assert (tmp_path / "cut" / "album" / "a.png").read_bytes() == content


def brought(path, *, age: float = 0) -> list[str]:
    """What is waited for when a file of some age stays for another one; twice in a row."""
    if age:
        time.sleep(age)
    waited: list[str] = []
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(claim, "SETTLED_NS", 1_000_000_000)
        patch.setattr(files, "sync", lambda fd: waited.append(os.readlink(f"/proc/self/fd/{fd}")))
        for _ in range(2):
            with path.open("rb") as file:
                claim.bring_to_disk(Held(witness(path), file.fileno(), "ext4"))
    return [os.path.relpath(name, path.parent) for name in waited]


def test_what_stays_for_many_is_brought_to_the_disk_once(tmp_path):
    (tmp_path / "a").write_bytes(b"picture")
    assert brought(tmp_path / "a") == ["a", ".", "a", "."]
    assert brought(tmp_path / "a", age=1.1) == ["a", "."]
    assert brought(tmp_path / "a") == []


@pytest.mark.parametrize(
    "change",
    [
        lambda path: path.write_bytes(b"another"),
        lambda path: path.chmod(0o600),
        lambda path: path.replace(path.with_name("b")).replace(path),
    ],
)
def test_what_changed_since_is_brought_to_the_disk_again(tmp_path, change):
    (tmp_path / "a").write_bytes(b"picture")
    brought(tmp_path / "a", age=1.1)
    change(tmp_path / "a")
    assert "a" in brought(tmp_path / "a")


def test_a_folder_with_other_names_is_brought_to_the_disk_again(tmp_path):
    (tmp_path / "a").write_bytes(b"picture")
    brought(tmp_path / "a", age=1.1)
    (tmp_path / "b").touch()
    assert brought(tmp_path / "a") == [".", "."]


def test_on_a_network_drive_it_is_brought_to_the_disk_every_time(tmp_path, monkeypatch):
    monkeypatch.setattr(claim, "tells_files_apart", lambda _kind: False)
    (tmp_path / "a").write_bytes(b"picture")
    assert brought(tmp_path / "a", age=1.1) == ["a", ".", "a", "."]


def test_on_a_network_drive_nothing_is_held(tmp_path, monkeypatch):
    one, other = copies(tmp_path, ["one/a.png", "other/a.png"])
    table = tmp_path / "mounts"
    table.write_text(f"{mount_of(one)} 1 8:1 / / rw - cifs //nas/p rw\n")
    monkeypatch.setattr(mounts, "_MOUNTS", str(table))
    with claimed(witness(one), witness(other)), one.open("rb") as beside:
        fcntl.flock(beside, fcntl.LOCK_EX | fcntl.LOCK_NB)


@pytest.mark.parametrize(("number", "state"), [(errno.EOPNOTSUPP, "done"), (errno.EIO, "refused")])
def test_a_file_system_without_locks_is_not_one_that_fails(tmp_path, monkeypatch, number, state):
    one, other = copies(tmp_path, ["one/a.png", "other/a.png"])

    def flock(descriptor, how, real=fcntl.flock):
        if how & fcntl.LOCK_SH:
            raise OSError(number, os.strerror(number))
        real(descriptor, how)

    monkeypatch.setattr(fcntl, "flock", flock)
    assert carried_out(tmp_path / "state", one, other).state == state
    assert other.exists() == (state == "refused")
