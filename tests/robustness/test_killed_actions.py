"""Actions that are killed, or whose journal finds no room: afterwards disk and journal agree.

The process is killed at seeded moments while it carries out or undoes a plan; whoever comes next
settles what the journal announced, finishes it, and brings everything back.
"""

from __future__ import annotations

import os
import random
import shutil
import signal
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path

import pytest
from harness.disks import other_disk, small_disk
from harness.folders import contents
from harness.instance import wait_until
from harness.photos import small_photo

import difd
from difclient.client import Client
from difd.actions.execution import execute
from difd.actions.lock import action_lock
from difd.actions.planner import Planner
from difd.actions.reconciliation import settle
from difd.actions.undoing import undo
from difd.protocol.actions import ActionOptions, PlanItem
from difd.protocol.errors import ActionRefused
from difd.protocol.options import SearchOptions
from difd.store.action_journal import ActionJournal

COPIES = 150

SCRIPT = """
import sys
from pathlib import Path
from difd.actions.execution import execute
from difd.actions.undoing import undo
from difd.store.action_journal import ActionJournal
state, action, what = Path(sys.argv[1]), sys.argv[2], sys.argv[3]
journal = ActionJournal(state / "actions.sqlite")
print("ready", flush=True)
sys.stdin.readline()
(execute if what == "execute" else undo)(journal, action, state)
"""

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


def run_and_kill(state: Path, action: str, what: str, seconds: float) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", SCRIPT, str(state), action, what],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        assert process.stdout.readline() == b"ready\n"
        process.stdin.write(b"go\n")
        process.stdin.flush()
        time.sleep(seconds)
        process.kill()


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


def play(instance, tmp_path, how: str, seeds: range) -> None:
    with other_disk(tmp_path) as disk:
        _play(instance, tmp_path, how, seeds, disk if how == "other disk" else tmp_path / "extra")


def _play(instance, tmp_path: Path, how: str, seeds: range, target: Path) -> None:
    endpoint = instance.endpoint
    options = ActionOptions(
        **HOW[how], destination=os.fsencode(target) if HOW[how]["verb"] == "move" else None
    )
    halves = 0
    with closing(ActionJournal(endpoint.action_journal)) as journal:
        for seed in seeds:
            moment = random.Random(seed)
            folder = copies(tmp_path / f"p{seed}")
            if how == "delete":
                for path in folder.glob("*.xmp"):
                    path.unlink()
            before = contents(folder)
            search = difd.search(
                difd.build(folder, show_progress=False, processes=1), show_progress=False
            )
            plan = Planner(journal, lambda _: ()).plan(search._rows, options)
            assert plan.items == COPIES
            run_and_kill(endpoint.state, plan.id, "execute", moment.uniform(0, 0.12))
            with action_lock(endpoint.state):
                settle(journal)
            (info,) = journal.find(plan.id)
            halves += 0 < info.done < COPIES
            agree(journal, plan.id)
            assert not left_over(folder, tmp_path)
            info = execute(journal, plan.id, endpoint.state)
            assert (info.state, info.done, info.refused) == ("done", COPIES, 0)
            agree(journal, plan.id)
            if how == "delete":
                assert contents(folder) == {"a.png": before["a.png"]}
            else:
                run_and_kill(endpoint.state, plan.id, "undo", moment.uniform(0, 0.12))
                with action_lock(endpoint.state):
                    settle(journal)
                agree(journal, plan.id)
                (info,) = journal.find(plan.id)
                if info.undone < info.done:
                    info = undo(journal, plan.id, endpoint.state)
                assert info.undone == COPIES
                assert contents(folder) == before
                assert not any(path.is_symlink() for path in folder.rglob("*"))
            assert not left_over(folder, tmp_path)
            shutil.rmtree(folder)
    print(f"{how}: {len(seeds)} kills of an execution, {halves} of them half way")


@pytest.mark.timeout(300)
@pytest.mark.parametrize("how", HOW)
def test_a_killed_action_is_settled_finished_and_undone(instance, tmp_path, how):
    play(instance, tmp_path, how, range(3))


@pytest.mark.long
@pytest.mark.timeout(3600)
@pytest.mark.parametrize("how", HOW)
def test_actions_killed_at_two_hundred_moments_are_settled(instance, tmp_path, how):
    play(instance, tmp_path, how, range(200))


@pytest.mark.timeout(300)
@pytest.mark.parametrize("victim", ["action_host", "daemon"])
def test_an_action_whose_process_is_killed_is_shown_and_goes_on(instance, tmp_path, victim):
    folder = copies(tmp_path / "p")
    for number in range(COPIES, 3000):
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
        assert (info.state, info.done, info.refused) == ("done", 3000, 0)
        assert contents(folder).keys() == {"a.png"}
        *_, info = client.actions.follow(client.actions.undo("last"))
        assert info.undone == 3000
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
