"""The last copy stays when two do not know of each other, and when the power fails."""

from __future__ import annotations

import errno
import fcntl
import os
from contextlib import closing
from pathlib import Path

import pytest
from harness.disks import removable_disk
from harness.plans import copies, group
from harness.witnesses import witness

from difd.actions.checks.claim import claimed
from difd.actions.plan.planner import Planner
from difd.actions.verbs.execution import execute
from difd.protocol import mounts
from difd.protocol.actions import ActionOptions
from difd.store.action_journal import ActionJournal


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
