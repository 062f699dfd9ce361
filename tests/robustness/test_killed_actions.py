"""Actions that are killed, or whose journal finds no room: afterwards disk and journal agree.

The process is killed at seeded moments while it carries out or undoes a plan; whoever comes next
settles what the journal announced, finishes it, and brings everything back.
"""

from __future__ import annotations

import itertools
import os
import random
import shutil
import signal
from contextlib import closing
from pathlib import Path

import pytest
from harness.disks import other_disk, small_disk
from harness.folders import contents
from harness.instance import wait_until
from harness.kills import Mortals
from harness.photos import small_photo
from harness.plans import group

import difd
from difclient.client import Client
from difd.actions.files.lock import action_lock
from difd.actions.plan.planner import Planner
from difd.actions.verbs.execution import execute
from difd.actions.verbs.reconciliation import settle
from difd.actions.verbs.undoing import undo
from difd.protocol.actions import ActionInfo, ActionOptions, PlanItem
from difd.protocol.endpoint import Endpoint
from difd.protocol.errors import ActionRefused
from difd.protocol.options import SearchOptions
from difd.store.action_journal import ActionJournal

COPIES = 75
"""Two whole batches of the journal and a part of one, with what begins and what ends an action."""

MANY = 500
"""So many that an action can be killed from outside while it is under way."""

SETUP = """
from pathlib import Path
from difd.actions.verbs.execution import execute
from difd.actions.verbs.undoing import undo
from difd.store.action_journal import ActionJournal
"""

CALL = """{"execute": execute, "undo": undo}[arguments[0]](
            ActionJournal(Path(arguments[1])), arguments[2], Path(arguments[3])
        )"""

HOW = {
    "trash": {"verb": "trash"},
    "move": {"verb": "move"},
    "other disk": {"verb": "move"},
    "delete": {"verb": "delete"},
    "hard": {"verb": "link", "kind": "hard"},
    "symbolic": {"verb": "link", "kind": "symbolic"},
}


def copies(folder: Path) -> Path:
    keeper = small_photo("coffee.png", folder / "a.png", size=(40, 30))
    for number in range(COPIES):
        shutil.copyfile(keeper, folder / f"copy {number}.png")
        (folder / f"copy {number}.xmp").write_text(str(number))
    return folder


def agree(journal: ActionJournal, action: str) -> None:
    """Whatever the journal says of a file is so; and nothing of ours is left lying about."""
    for row in journal.rows(action, 0, 10_000):
        assert isinstance(row, PlanItem)
        here = os.path.lexists(row.path)
        if row.state == "done" and row.target is not None:
            assert os.path.lexists(row.target)
            assert not here
        if row.state in {"planned", "undone"}:
            assert here


def left_over(*folders: Path) -> list[Path]:
    return [path for folder in folders for path in folder.rglob(".difd-*")]


def play(instance, tmp_path, how: str, kills: int) -> None:
    with other_disk(tmp_path) as disk, Mortals(SETUP, CALL) as mortals:
        target = disk if how == "other disk" else tmp_path / "extra"
        options = ActionOptions(
            **HOW[how], destination=os.fsencode(target) if HOW[how]["verb"] == "move" else None
        )
        lives = Lives(mortals, instance.endpoint, tmp_path)
        for seed in itertools.count():
            lives.play(seed, options)
            if lives.killed >= kills:
                break
    print(f"{how}: {lives.killed} kills, {lives.halves} of them with some files done and some not")


class Lives:
    """Executions and undoings of which each is killed at a moment of its own.

    A seed's moment is a part of the time that a whole one takes, which the first round tells.
    """

    def __init__(self, mortals: Mortals, endpoint: Endpoint, place: Path) -> None:
        self.mortals, self.endpoint, self.place = mortals, endpoint, place
        self.whole: dict[str, float] = {}
        self.killed = self.halves = 0

    def play(self, seed: int, options: ActionOptions) -> None:
        moment = random.Random(seed)
        folder = copies(self.place / f"p{seed}")
        if options.verb == "delete":
            for path in folder.glob("*.xmp"):
                path.unlink()
        before = contents(folder)
        with closing(ActionJournal(self.endpoint.action_journal)) as journal:
            rows = group(folder / "a.png", *sorted(folder.glob("copy*.png")))
            plan = Planner(journal, lambda _: ()).plan(rows, options)
            assert plan.items == COPIES
        info = self.live("execute", plan.id, moment)
        assert (info.state, info.done, info.refused) == ("done", COPIES, 0)
        if options.verb == "delete":
            assert contents(folder) == {"a.png": before["a.png"]}
        else:
            info = self.live("undo", plan.id, moment)
            assert info.undone == COPIES
            assert contents(folder) == before
            assert not any(path.is_symlink() for path in folder.rglob("*"))
        assert not left_over(self.place)
        shutil.rmtree(folder)

    def live(self, what: str, action: str, moment: random.Random) -> ActionInfo:
        """Killed, settled, and done to the end."""
        seconds = self.whole.get(what, 0) * moment.uniform(0.02, 1)
        journal = self.endpoint.action_journal
        used = self.mortals.live(seconds, what, journal, action, self.endpoint.state)
        if used is None:
            self.killed += 1
        else:
            self.whole.setdefault(what, used)
        with closing(ActionJournal(journal)) as journal:
            with action_lock(self.endpoint.state):
                settle(journal)
            agree(journal, action)
            assert not left_over(self.place)
            (info,) = journal.find(action)
            reached = info.done if what == "execute" else info.undone
            self.halves += 0 < reached < COPIES
            if reached < COPIES:
                carry_on = execute if what == "execute" else undo
                info = carry_on(journal, action, self.endpoint.state)
            agree(journal, action)
        return info


@pytest.mark.parametrize("how", HOW)
def test_a_killed_action_is_settled_finished_and_undone(instance, tmp_path, how):
    play(instance, tmp_path, how, 4)


@pytest.mark.long
@pytest.mark.timeout(3600)
@pytest.mark.parametrize("how", HOW)
def test_actions_killed_at_two_hundred_moments_are_settled(instance, tmp_path, how):
    play(instance, tmp_path, how, 200)


@pytest.mark.timeout(300)
@pytest.mark.parametrize("victim", ["action_host", "daemon"])
def test_an_action_whose_process_is_killed_is_shown_and_goes_on(instance, tmp_path, victim):
    folder = copies(tmp_path / "p")
    for number in range(COPIES, MANY):
        shutil.copyfile(folder / "a.png", folder / f"copy {number}.png")
    before = contents(folder)
    with Client() as client:
        options = SearchOptions(paths=(os.fsencode(folder),))
        *_, job = client.follow(client.submit(options).id)
        planned = client.actions.plan(job.id, ActionOptions(verb="trash"))
        *_, plan = client.actions.follow(planned)
        info = client.actions.execute(plan.id)
        wait_until((instance.root / "data" / "Trash" / "files").exists)
        processes = instance.processes().items()
        pids = [pid for pid, command in processes if "action_host" in command]
        if victim == "daemon":
            pids = instance.daemons()
        for pid in pids:
            os.kill(pid, signal.SIGKILL)
        *_, info = client.actions.follow(info)
        assert info.state == "interrupted"
        *_, info = client.actions.follow(client.actions.execute(plan.id))
        assert (info.state, info.done, info.refused) == ("done", MANY, 0)
        assert contents(folder).keys() == {"a.png"}
        *_, info = client.actions.follow(client.actions.undo("last"))
        assert info.undone == MANY
    assert contents(folder) == before


@pytest.mark.usefixtures("instance")
def test_without_room_for_the_journal_nothing_is_touched(tmp_path, monkeypatch):
    folder = copies(tmp_path / "p")
    search = difd.search(difd.build(folder, show_progress=False), show_progress=False)
    before = contents(folder)
    with small_disk(tmp_path / "small", "1m") as disk:
        monkeypatch.setenv("XDG_STATE_HOME", str(disk / "state"))
        (disk / "full").write_bytes(b"x" * (900 << 10))
        with pytest.raises(ActionRefused, match="journal"):
            search.move_to(tmp_path / "extra")
        assert contents(folder) == before
