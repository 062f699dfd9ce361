"""The job board says what has to be done, whatever happens and in whatever order."""

from __future__ import annotations

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from difd.jobs import board
from difd.jobs.board import JobBoard
from difd.protocol.error_info import ErrorInfo
from difd.protocol.errors import JobCancelled, JobInterrupted, UsageError
from difd.protocol.jobs import FINAL_STATES, JobInfo
from difd.protocol.options import SearchOptions
from difd.protocol.results import Progress, Summary

OPTIONS = SearchOptions(paths=(b"/a",))
SUMMARY = Summary(files=2, invalid=0, groups=1, extra_files=1, reclaimable_bytes=9, rows=4)
PARTIAL = msgspec.structs.replace(SUMMARY, partial=True)
FAULT = ErrorInfo("job_failed", "It failed.")
CANCELLED = JobCancelled("The search was cancelled.").info()


def new(name: str) -> JobInfo:
    return JobInfo(id=name, state="queued", options=OPTIONS, created=1.0)


def kinds(instructions) -> list[str]:
    return [type(instruction).__name__ for instruction in instructions]


def test_the_first_job_starts_at_once_and_the_second_waits():
    jobs = JobBoard()
    assert kinds(jobs.handle(board.Submitted(new("a")))) == ["Save", "Announce", "StartWork"]
    assert kinds(jobs.handle(board.Submitted(new("b")))) == ["Save", "Announce"]
    assert (jobs.running, jobs.queued) == (1, 1)


def test_the_next_job_starts_when_one_has_finished():
    jobs = JobBoard()
    jobs.handle(board.Submitted(new("a")))
    jobs.handle(board.Submitted(new("b")))
    instructions = jobs.handle(board.Finished("a", SUMMARY, 5.0))
    assert kinds(instructions) == ["Save", "Announce", "StartWork"]
    assert instructions[0].job.state == "done"
    assert instructions[0].job.summary == SUMMARY
    assert instructions[2].job == "b"


def test_the_next_job_starts_when_one_has_failed():
    jobs = JobBoard()
    jobs.handle(board.Submitted(new("a")))
    jobs.handle(board.Submitted(new("b")))
    instructions = jobs.handle(board.Failed("a", FAULT, 5.0))
    assert instructions[0].job.state == "failed"
    assert instructions[-1] == board.StartWork("b", OPTIONS)


def test_a_job_whose_cluster_went_away_is_interrupted_and_can_be_resumed():
    jobs = JobBoard()
    jobs.handle(board.Submitted(new("a")))
    gone = JobInterrupted("The scheduler went away.").info()
    ended = jobs.handle(board.Failed("a", gone, 5.0))[0].job
    assert (ended.state, ended.error) == ("interrupted", gone)
    assert kinds(jobs.handle(board.ResumeAsked(ended))) == ["Save", "Announce", "StartWork"]


def test_cancelling_a_waiting_job_ends_it_without_the_engine():
    jobs = JobBoard()
    jobs.handle(board.Submitted(new("a")))
    jobs.handle(board.Submitted(new("b")))
    instructions = jobs.handle(board.CancelAsked("b", 2.0))
    assert kinds(instructions) == ["Save", "Announce"]
    assert instructions[0].job.state == "cancelled"
    assert jobs.get("a") is not None


def test_cancelling_a_running_job_asks_the_engine_for_what_it_has_and_then_for_nothing():
    jobs = JobBoard()
    jobs.handle(board.Submitted(new("a")))
    assert jobs.handle(board.CancelAsked("a", 2.0)) == [board.StopWork("a", keep=True)]
    assert jobs.handle(board.CancelAsked("a", 2.0)) == [board.StopWork("a")]
    instructions = jobs.handle(board.Failed("a", CANCELLED, 3.0))
    assert instructions[0].job.state == "cancelled"
    assert not instructions[0].job.has_result


def test_a_cancelled_job_has_the_result_of_what_it_had_read():
    jobs = JobBoard()
    jobs.handle(board.Submitted(new("a")))
    jobs.handle(board.CancelAsked("a", 2.0))
    instructions = jobs.handle(board.Finished("a", PARTIAL, 3.0))
    assert (instructions[0].job.state, instructions[0].job.summary) == ("cancelled", PARTIAL)
    assert instructions[0].job.has_result


def test_a_job_that_is_done_before_it_hears_of_the_cancelling_is_done():
    jobs = JobBoard()
    jobs.handle(board.Submitted(new("a")))
    jobs.handle(board.CancelAsked("a", 2.0))
    assert jobs.handle(board.Finished("a", SUMMARY, 3.0))[0].job.state == "done"


def test_a_paused_job_rests_while_others_run_and_goes_on_when_it_is_resumed():
    jobs = JobBoard()
    jobs.handle(board.Submitted(new("a")))
    jobs.handle(board.Submitted(new("b")))
    assert jobs.handle(board.PauseJobAsked("a", 2.0)) == [board.StopWork("a")]
    instructions = jobs.handle(board.Failed("a", CANCELLED, 3.0))
    assert kinds(instructions) == ["Save", "Announce", "StartWork"]
    paused = instructions[0].job
    assert (paused.state, paused.error) == ("paused", None)
    assert instructions[-1].job == "b"
    assert jobs.handle(board.ResumeAsked(paused))[0].job == new("a")


def test_a_waiting_job_is_paused_without_the_engine():
    jobs = JobBoard()
    jobs.handle(board.Submitted(new("a")))
    jobs.handle(board.Submitted(new("b")))
    assert jobs.handle(board.PauseJobAsked("b", 2.0))[0].job.state == "paused"


def test_a_job_that_is_resumed_before_it_has_paused_goes_on():
    jobs = JobBoard()
    jobs.handle(board.Submitted(new("a")))
    jobs.handle(board.PauseJobAsked("a", 2.0))
    assert jobs.handle(board.ResumeAsked(jobs.get("a"))) == []
    assert jobs.handle(board.Failed("a", CANCELLED, 3.0))[-1] == board.StartWork("a", OPTIONS)


def test_a_job_that_is_cancelled_while_it_pauses_ends():
    jobs = JobBoard()
    jobs.handle(board.Submitted(new("a")))
    jobs.handle(board.PauseJobAsked("a", 2.0))
    assert jobs.handle(board.CancelAsked("a", 2.0)) == [board.StopWork("a")]
    assert jobs.handle(board.Failed("a", CANCELLED, 3.0))[0].job.state == "cancelled"


def test_stopping_interrupts_every_job_and_starts_none():
    jobs = JobBoard()
    jobs.handle(board.Submitted(new("a")))
    jobs.handle(board.Submitted(new("b")))
    instructions = jobs.handle(board.StopAsked(9.0))
    assert kinds(instructions) == ["Save", "Announce"] * 2
    assert {i.job.state for i in instructions} == {"interrupted"}
    assert (jobs.running, jobs.queued) == (0, 0)


def test_the_last_word_of_an_engine_about_an_ended_job_is_ignored():
    jobs = JobBoard()
    jobs.handle(board.Submitted(new("a")))
    jobs.handle(board.StopAsked(9.0))
    assert jobs.handle(board.Finished("a", SUMMARY, 10.0)) == []
    assert jobs.handle(board.Progressed("a", Progress())) == []
    assert jobs.handle(board.Started("a", 10.0)) == []


def test_a_resumed_job_begins_anew_under_its_id():
    jobs = JobBoard()
    jobs.handle(board.Submitted(new("a")))
    ended = jobs.handle(board.StopAsked(9.0))[0].job
    instructions = jobs.handle(board.ResumeAsked(ended))
    assert kinds(instructions) == ["Save", "Announce", "StartWork"]
    assert instructions[0].job == new("a")


def test_a_job_that_is_done_is_not_resumed():
    jobs = JobBoard()
    jobs.handle(board.Submitted(new("a")))
    done = jobs.handle(board.Finished("a", SUMMARY, 9.0))[0].job
    with pytest.raises(UsageError, match="nothing to resume"):
        jobs.handle(board.ResumeAsked(done))


def test_resuming_a_job_that_runs_changes_nothing():
    jobs = JobBoard()
    jobs.handle(board.Submitted(new("a")))
    assert jobs.handle(board.ResumeAsked(jobs.get("a"))) == []


_events = st.lists(
    st.tuples(
        st.sampled_from(
            [
                "submit",
                "cancel",
                "start",
                "progress",
                "finish",
                "fail",
                "stopped",
                "pause",
                "pause one",
                "finish early",
                "go on",
                "stop",
            ]
        ),
        st.integers(0, 1),
    ),
    max_size=40,
)


@given(_events)
@settings(max_examples=1000)
def test_in_any_order_of_events_one_job_runs_and_every_ending_is_saved(events):
    jobs = JobBoard()
    submitted: set[str] = set()
    saved: dict[str, str] = {}
    at_work: str | None = None
    for event, number in events:
        name = str(number)
        if event == "submit" and name in submitted:
            continue
        submitted.add(name) if event == "submit" else None
        stimulus = {
            "submit": board.Submitted(new(name)),
            "cancel": board.CancelAsked(name, 2.0),
            "start": board.Started(name, 2.0),
            "progress": board.Progressed(name, Progress()),
            "finish": board.Finished(name, SUMMARY, 3.0),
            "fail": board.Failed(name, FAULT, 3.0),
            "stopped": board.Failed(name, CANCELLED, 3.0),
            "pause one": board.PauseJobAsked(name, 2.0),
            "finish early": board.Finished(name, PARTIAL, 3.0),
            "pause": board.PauseAsked(paused=True),
            "go on": board.PauseAsked(paused=False),
            "stop": board.StopAsked(4.0),
        }[event]
        if (
            event in {"start", "progress", "finish", "finish early", "fail", "stopped"}
            and name != at_work
        ):
            continue
        for instruction in jobs.handle(stimulus):
            match instruction:
                case board.Save(job):
                    saved[job.id] = job.state
                    back_in_queue = event == "stopped" and job.state == "queued"
                    if job.id == at_work and (job.state in FINAL_STATES or back_in_queue):
                        at_work = None
                case board.StartWork(job_id, _):
                    assert at_work is None, "two jobs at once"
                    at_work = job_id
                case board.StopWork(job_id, _):
                    assert job_id == at_work
        assert jobs.running == (at_work is not None)
        for name, state in saved.items():
            assert (jobs.get(name) is None) == (state in FINAL_STATES)
    assert set(saved) == submitted


def test_a_pause_sends_the_job_that_runs_back_to_the_queue_and_starts_none():
    jobs = JobBoard()
    jobs.handle(board.Submitted(new("a")))
    jobs.handle(board.Submitted(new("b")))
    jobs.handle(board.Started("a", 2.0))
    assert jobs.handle(board.PauseAsked(paused=True)) == [board.StopWork("a")]
    instructions = jobs.handle(board.Failed("a", CANCELLED, 3.0))
    assert kinds(instructions) == ["Save", "Announce"]
    assert (instructions[0].job.state, instructions[0].job.started) == ("queued", None)
    assert (jobs.running, jobs.queued) == (0, 2)
    assert kinds(jobs.handle(board.Submitted(new("c")))) == ["Save", "Announce"]
    assert jobs.handle(board.PauseAsked(paused=False)) == [board.StartWork("a", OPTIONS)]


def test_a_job_that_is_cancelled_during_a_pause_ends():
    jobs = JobBoard()
    jobs.handle(board.Submitted(new("a")))
    jobs.handle(board.PauseAsked(paused=True))
    jobs.handle(board.CancelAsked("a", 2.0))
    instructions = jobs.handle(board.Failed("a", CANCELLED, 3.0))
    assert instructions[0].job.state == "cancelled"
    assert jobs.queued == 0


def test_a_job_that_ends_by_itself_before_the_pause_reaches_it_has_ended():
    jobs = JobBoard()
    jobs.handle(board.Submitted(new("a")))
    jobs.handle(board.Submitted(new("b")))
    jobs.handle(board.PauseAsked(paused=True))
    assert jobs.handle(board.Finished("a", SUMMARY, 3.0))[0].job.state == "done"
    assert (jobs.running, jobs.queued) == (0, 1)
    assert jobs.handle(board.PauseAsked(paused=False)) == [board.StartWork("b", OPTIONS)]


def test_a_pause_that_is_taken_back_at_once_takes_the_job_up_again():
    jobs = JobBoard()
    jobs.handle(board.Submitted(new("a")))
    jobs.handle(board.PauseAsked(paused=True))
    assert jobs.handle(board.PauseAsked(paused=False)) == []
    instructions = jobs.handle(board.Failed("a", CANCELLED, 3.0))
    assert instructions[-1] == board.StartWork("a", OPTIONS)
