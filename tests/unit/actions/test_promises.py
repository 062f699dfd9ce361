"""What a plan is good for, when it is stopped, and what is counted: on real files, no search."""

from __future__ import annotations

import sqlite3
import time
from contextlib import closing
from pathlib import Path

import pytest
from harness.folders import contents
from harness.plans import copies, group

from difd.actions.checks import age
from difd.actions.plan.planner import Planner
from difd.actions.verbs import execution
from difd.actions.verbs.execution import execute
from difd.actions.verbs.undoing import undo
from difd.protocol.actions import ActionOptions
from difd.protocol.errors import ActionRefused, UsageError
from difd.store.action_journal import ActionJournal


@pytest.fixture
def journal(tmp_path):
    with closing(ActionJournal(tmp_path / "state" / "actions.sqlite")) as opened:
        yield opened


@pytest.fixture
def state(tmp_path) -> Path:
    return tmp_path / "state"


def planned(journal, folder: Path, count: int, *, verb: str = "trash"):
    paths = copies(folder, [f"{number}.png" for number in range(count + 1)])
    return Planner(journal, lambda _: ()).plan(group(*paths), ActionOptions(verb=verb))


@pytest.mark.usefixtures("instance")
@pytest.mark.parametrize("token", [slice(0, 8), slice(0, 31)])
def test_the_beginning_of_a_token_carries_nothing_out(tmp_path, journal, state, token):
    plan = planned(journal, tmp_path / "p", 2)
    with pytest.raises(UsageError, match="whole id"):
        execute(journal, plan.id[token], state)
    assert len(contents(tmp_path / "p")) == 3


@pytest.mark.usefixtures("instance")
def test_nothing_goes_when_the_plan_is_forgotten_after_it_was_looked_at(tmp_path, journal, state):
    plan = planned(journal, tmp_path / "p", 2)

    def forget() -> bool:
        with closing(sqlite3.connect(state / "actions.sqlite", isolation_level=None)) as other:
            other.execute("DELETE FROM actions")
            other.execute("DELETE FROM items")
        return False

    with pytest.raises(sqlite3.DatabaseError, match="forgotten"):
        execute(journal, plan.id, state, cancelled=forget)
    assert len(contents(tmp_path / "p")) == 3


@pytest.mark.parametrize(("hours", "goes_on"), [(-2, False), (0.9, True), (1.1, False)])
def test_a_plan_that_was_interrupted_expires_like_any_other(
    tmp_path, journal, state, monkeypatch, hours, goes_on
):
    plan = planned(journal, tmp_path / "p", 4)
    asked = iter([False, False, True])
    left = execute(journal, plan.id, state, cancelled=lambda: next(asked, True))
    assert left.state == "interrupted"
    before = contents(tmp_path / "p")
    now = time.time() + hours * 3600
    monkeypatch.setattr(execution.time, "time", lambda: now)
    if goes_on:
        assert execute(journal, plan.id, state).state == "done"
        return
    with pytest.raises(ActionRefused, match="expired"):
        execute(journal, plan.id, state)
    assert contents(tmp_path / "p") == before


@pytest.mark.usefixtures("instance")
@pytest.mark.parametrize("hours", [-2, 2])
def test_a_clock_that_was_set_makes_a_plan_expire(tmp_path, journal, state, monkeypatch, hours):
    plan = planned(journal, tmp_path / "p", 2)
    monkeypatch.setattr(execution.time, "time", lambda: plan.created + hours * 3600)
    with pytest.raises(ActionRefused, match="expired"):
        execute(journal, plan.id, state)
    assert len(contents(tmp_path / "p")) == 3


@pytest.mark.usefixtures("instance")
@pytest.mark.parametrize("passed", [3590, 3610])
def test_a_clock_that_was_set_back_a_little_does_not_make_a_plan_good_for_longer(
    tmp_path, journal, state, monkeypatch, passed
):
    plan = planned(journal, tmp_path / "p", 2)
    made = age.unset_clock()
    monkeypatch.setattr(age, "unset_clock", lambda: made + passed)
    monkeypatch.setattr(age.time, "time", lambda: plan.created + 1)
    if passed < age.PLAN_SECONDS:
        assert execute(journal, plan.id, state).done == 2
        return
    with pytest.raises(ActionRefused, match="expired"):
        execute(journal, plan.id, state)
    assert len(contents(tmp_path / "p")) == 3


@pytest.mark.usefixtures("instance")
def test_a_restart_of_the_machine_leaves_a_plan_s_age_to_the_usual_clock(
    tmp_path, journal, state, monkeypatch
):
    plan = planned(journal, tmp_path / "p", 2)
    assert plan.made > 0
    monkeypatch.setattr(age, "unset_clock", lambda: 0.0)
    assert execute(journal, plan.id, state).done == 2


@pytest.mark.usefixtures("instance")
def test_undoing_stops_after_the_file_under_way(tmp_path, journal, state):
    plan = planned(journal, tmp_path / "p", 6)
    execute(journal, plan.id, state)
    back = []
    info = undo(journal, plan.id, state, on_progress=back.append, cancelled=lambda: len(back) == 2)
    assert (info.done, info.undone, info.state) == (6, 2, "done")
    assert len(contents(tmp_path / "p")) == 3
    assert undo(journal, plan.id, state).undone == 6
    assert len(contents(tmp_path / "p")) == 7


@pytest.mark.usefixtures("instance")
@pytest.mark.parametrize("verb", ["trash", "delete"])
def test_a_sidecar_that_stayed_is_not_counted(tmp_path, journal, state, verb):
    folder = tmp_path / "p"
    folder.mkdir()
    for name in ("0.xmp", "1.xmp"):
        (folder / name).write_text("<edits/>")
    plan = planned(journal, folder, 1, verb=verb)
    picture = (folder / "1.png").stat().st_size
    assert plan.size == picture + len("<edits/>")

    original = execution.carry_out

    def carry_out(*given):
        done = original(*given)
        (folder / "1.xmp").write_text("<other edits/>")
        return done

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(execution, "carry_out", carry_out)
        info = execute(journal, plan.id, state)
    freed = picture if verb == "delete" else 0
    assert (info.done, info.handled, info.freed) == (1, picture, freed)
    assert contents(folder).keys() == {"0.png", "0.xmp", "1.xmp"}
