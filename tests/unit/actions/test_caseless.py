"""Where `A.JPG` and `a.jpg` are one name, as on sticks and on Windows' and Apple's disks."""

from __future__ import annotations

import os
import subprocess
import sys
from contextlib import closing

from harness.disks import caseless_disk
from harness.folders import contents
from harness.plans import copies, group

from difd.actions.files.naming import folded, free_names
from difd.actions.plan.planner import Planner
from difd.actions.verbs.execution import execute
from difd.actions.verbs.undoing import undo
from difd.protocol.actions import ActionOptions
from difd.store.action_journal import ActionJournal

DIES_AFTER_THE_FIRST = """
import os, sys
from pathlib import Path
from difd.actions.verbs.execution import execute
from difd.store.action_journal import ActionJournal
state = Path(sys.argv[1])
execute(ActionJournal(state / "actions.sqlite"), sys.argv[2], state,
        on_progress=lambda info: os._exit(9))
"""


def test_what_was_moved_is_not_taken_for_the_half_made_copy_of_its_namesake(tmp_path):
    state = tmp_path / "state"
    with (
        caseless_disk(tmp_path / "stick") as stick,
        closing(ActionJournal(state / "actions.sqlite")) as journal,
    ):
        (stick / "A.JPG").touch()
        (stick / "a.jpg").unlink()
        paths = copies(tmp_path / "p", ["k.jpg", "one/A.JPG", "two/a.jpg"])
        options = ActionOptions(verb="move", destination=os.fsencode(stick / "extra"))
        plan = Planner(journal, lambda _: ()).plan(group(*paths), options)
        command = [sys.executable, "-c", DIES_AFTER_THE_FIRST, state, plan.id]
        assert subprocess.run(command, check=False).returncode == 9
        assert execute(journal, plan.id, state).done == 2
        assert len(contents(stick / "extra")) == 2
        assert undo(journal, plan.id, state).undone == 2
        assert contents(tmp_path / "p").keys() == {"k.jpg", "one/A.JPG", "two/a.jpg"}


def test_a_name_that_was_promised_in_other_letters_is_not_free(tmp_path):
    folder = os.fsencode(tmp_path)
    promised = {folded(os.path.join(folder, name)) for name in (b"A.JPG", "\u00e9.jpg".encode())}
    assert free_names(folder, [b"a.jpg"], promised) == [os.path.join(folder, b"a (2).jpg")]
    (decomposed,) = free_names(folder, ["E\u0301.jpg".encode()], promised)
    assert decomposed == os.path.join(folder, "E\u0301 (2).jpg".encode())
    assert free_names(folder, [b"not utf-8 \xff.jpg"], promised)[0].endswith(b"\xff.jpg")
