"""Actions on Windows: undone in full, and killed before every change that they make to a name."""

from __future__ import annotations

import os
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

import pytest
from harness.windows_actions import CONTENT, Actions

from difd.protocol.actions import ActionOptions
from difd.protocol.errors import ActionRefused
from difd.system import trash

TRASH = ActionOptions(verb="trash")
DELETE = ActionOptions(verb="delete")
HARD = ActionOptions(verb="link", kind="hard")
KILLS_MAX = 40


@pytest.fixture
def actions(tmp_path: Path) -> Actions:
    made = Actions(tmp_path / "pictures")
    made.make()
    return made


def move_to(folder: Path) -> ActionOptions:
    return ActionOptions(verb="move", destination=os.fsencode(folder))


def test_what_was_trashed_is_found_and_comes_back(actions):
    before = os.lstat(actions.removal)
    number = actions.plan(TRASH)
    done = actions.execute(number)
    assert (done.done, done.refused) == (1, 0), actions.item(number)
    (step,) = actions.item(number).steps
    place, note = Path(os.fsdecode(step.target)), Path(os.fsdecode(step.info))
    assert place.read_bytes() == CONTENT
    assert Path(os.fsdecode(trash.origin(step.info))) == actions.removal
    assert not actions.removal.exists()
    assert actions.left() == []
    assert actions.undo(number).undone == 1
    after = os.lstat(actions.removal)
    assert (after.st_ino, after.st_mtime_ns) == (before.st_ino, before.st_mtime_ns)
    assert after.st_nlink == 1
    assert not place.exists()
    assert not note.exists()


def test_what_somebody_took_out_of_the_trash_is_not_said_to_be_back(actions):
    number = actions.plan(TRASH)
    actions.execute(number)
    (step,) = actions.item(number).steps
    os.unlink(step.target)
    assert actions.undo(number).undone == 0
    assert "not in the trash any more" in (actions.item(number).message or "")


def test_a_file_becomes_a_hard_link_and_a_file_again(actions):
    number = actions.plan(HARD)
    assert actions.execute(number).done == 1, actions.item(number)
    assert os.path.samefile(actions.keeper, actions.removal)
    assert os.lstat(actions.keeper).st_nlink == 2
    assert actions.left() == []
    assert actions.undo(number).undone == 1, actions.item(number)
    assert not os.path.samefile(actions.keeper, actions.removal)
    assert actions.removal.read_bytes() == CONTENT
    assert os.lstat(actions.removal).st_mtime_ns == 10**18 + 300


def test_a_link_that_cannot_be_made_leaves_the_file(actions):
    number = actions.plan(HARD)

    def hook(event: str, arguments: tuple[object, ...]) -> None:
        # Somebody takes the name while the file waits under another one.
        if event == "os.link" and wanted:
            wanted.clear()
            Path(os.fsdecode(str(arguments[1]))).write_bytes(b"somebody's")

    wanted = [True]
    sys.addaudithook(hook)
    assert actions.execute(number).refused == 1
    assert actions.removal.read_bytes() == b"somebody's"
    assert (actions.removal.parent / "b (2).jpg").read_bytes() == CONTENT
    assert "b (2).jpg" in (actions.item(number).message or "")


def test_a_file_that_another_program_holds_alone_is_refused_and_stays(actions):
    number = actions.plan(TRASH)
    code = (
        "import sys\n"
        "from difd.system.windows import handles\n"
        "handles.opened(sys.argv[1], handles.READ, 0, handles.OPEN_EXISTING, 0)\n"
        "print('held', flush=True)\n"
        "sys.stdin.read()\n"
    )
    with subprocess.Popen(
        [sys.executable, "-c", code, str(actions.removal)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    ) as process:
        assert process.stdout.readline().strip() == b"held"
        assert actions.execute(number).refused == 1
        process.stdin.close()
    assert "It cannot be read any more" in (actions.item(number).message or "")
    assert actions.removal.read_bytes() == CONTENT
    assert actions.left() == []


def test_folders_that_become_empty_go_and_come_back(actions):
    number = actions.plan(ActionOptions(verb="delete", remove_empty=True))
    assert actions.execute(number).folders == 1
    assert not actions.removal.parent.exists()
    actions.make()
    number = actions.plan(
        ActionOptions(
            verb="move", remove_empty=True, destination=os.fsencode(actions.folder / "to" / "it")
        )
    )
    assert actions.execute(number).folders == 1
    assert not actions.removal.parent.exists()
    assert actions.undo(number).folders == 0
    assert actions.removal.read_bytes() == CONTENT
    assert not (actions.folder / "to").exists()


def test_folders_are_kept_below_the_destination(actions, tmp_path):
    number = actions.plan(
        ActionOptions(verb="move", keep_tree=True, destination=os.fsencode(tmp_path / "to"))
    )
    assert actions.execute(number).done == 1, actions.item(number)
    assert (tmp_path / "to" / "extra" / "b.jpg").read_bytes() == CONTENT


@pytest.mark.parametrize(
    ("options", "verb"),
    [(TRASH, "execute"), (TRASH, "undo"), (DELETE, "execute"), (HARD, "execute"), (HARD, "undo")],
    ids=["trash", "undo of trash", "delete", "link", "undo of link"],
)
def test_nothing_is_lost_wherever_it_is_killed(tmp_path, options, verb):
    for change in range(1, KILLS_MAX):
        actions = Actions(tmp_path / str(change))
        actions.make()
        number = actions.plan(options)
        if verb == "undo":
            assert actions.execute(number).done == 1
        command = ("-m", "harness.windows_actions", actions.folder, verb, number, str(change))
        code = subprocess.run([sys.executable, *map(str, command)], check=False).returncode
        if code == 0:
            break
        assert code == 9
        assert is_safe(actions, number, options)
        # Whoever acts next settles what was left, and goes on.
        if verb == "execute":
            assert actions.execute(number).done == 1, (change, actions.item(number))
        else:
            with suppress(ActionRefused):  # it was back already
                actions.undo(number)
            assert actions.item(number).stage == "undone", (change, actions.item(number))
        assert is_safe(actions, number, options)
        assert actions.left() == [], change
    else:
        raise AssertionError("it never came to its end")
    print(options.verb, verb, change - 1, "kills")


def is_safe(actions: Actions, number: str, options: ActionOptions) -> bool:
    """Whether the file that stays is whole, and so is the other one, wherever it is."""
    assert actions.keeper.read_bytes() == CONTENT
    beside = [path for path in actions.removal.parent.glob("*") if path.is_file()]
    if options == DELETE or any(path.read_bytes() == CONTENT for path in beside):
        return True
    inode = actions.item(number).file.inode
    in_trash = trash.listed(os.fsencode(actions.removal))
    return any(os.lstat(path).st_ino == inode for path in in_trash if os.path.lexists(path))
