"""The job board: which job is in which state, and what has to be done when something happens.

A pure function of events, as in `handle(stimulus) -> instructions`: nothing here reads a socket, a
clock or a disk, so every order of events can be tested directly. One job runs at a time; the
others wait in the order in which they came.

    submit ──> queued ──> running ──> done | failed | cancelled | paused
                │  ^         │└─────> interrupted   (the daemon stops, or a cluster is gone)
                │  └─ hold ──┘                      (everything is paused)
                └──> cancelled | paused | interrupted
    interrupted | failed | cancelled | paused ──resume──> queued
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final, assert_never

import msgspec

from difd.protocol.error_info import ErrorInfo
from difd.protocol.errors import JobCancelled, JobInterrupted, UsageError
from difd.protocol.jobs import FINAL_STATES, JobInfo, JobState
from difd.protocol.options import SearchOptions
from difd.protocol.results import Progress, Summary

# What happens


class Submitted(msgspec.Struct, frozen=True):
    """A new job arrives."""

    job: JobInfo


class ResumeAsked(msgspec.Struct, frozen=True):
    """A job that rests shall run again."""

    job: JobInfo


class CancelAsked(msgspec.Struct, frozen=True):
    """A job shall end: with what it has read; asked again, at once."""

    job: str
    now: float


class PauseJobAsked(msgspec.Struct, frozen=True):
    """A job shall not go on until it is resumed."""

    job: str
    now: float


class Progressed(msgspec.Struct, frozen=True):
    """The engine got further."""

    job: str
    progress: Progress


class Finished(msgspec.Struct, frozen=True):
    """The engine is done, or ended early with what it had; the rows are stored."""

    job: str
    summary: Summary
    now: float


class Failed(msgspec.Struct, frozen=True):
    """The engine gave up, or was cancelled (the error says so), or is gone."""

    job: str
    error: ErrorInfo
    now: float


class StopAsked(msgspec.Struct, frozen=True):
    """The daemon stops."""

    now: float


class PauseAsked(msgspec.Struct, frozen=True):
    """Nothing shall run for now, or jobs shall run again."""

    paused: bool


class Started(msgspec.Struct, frozen=True):
    """The engine took the job up."""

    job: str
    now: float


Report = Started | Progressed | Finished | Failed
"""What the engine says."""

Stimulus = Submitted | ResumeAsked | CancelAsked | PauseJobAsked | StopAsked | PauseAsked | Report

# What has to be done


class Save(msgspec.Struct, frozen=True):
    """Write the job to the journal."""

    job: JobInfo


class StartWork(msgspec.Struct, frozen=True):
    """Give the job to the engine, then report `Started`."""

    job: str
    options: SearchOptions


class StopWork(msgspec.Struct, frozen=True):
    """Tell the engine to give the job up; it answers with `Failed`.

    Attributes:
        keep: to end it early rather, with what was read as its result; it answers with `Finished`.
    """

    job: str
    keep: bool = False


class Announce(msgspec.Struct, frozen=True):
    """Tell whoever follows the job that it changed."""

    job: JobInfo


class AnnounceProgress(msgspec.Struct, frozen=True):
    """Tell whoever follows the job how far it is."""

    job: JobInfo


Instruction = Save | StartWork | StopWork | Announce | AnnounceProgress

_CANCELLED = JobCancelled("The search was cancelled.").info()
_INTERRUPTED = JobInterrupted(
    "The daemon stopped while the search was under way.",
    hint="Resume it with: difctl resume JOB",
).info()


_STATES: Final[Mapping[str, JobState]] = {
    JobCancelled.code: "cancelled",
    JobInterrupted.code: "interrupted",
}
"""What a job becomes that ended with one of these errors; with any other it failed."""


class JobBoard:
    """The jobs that are queued or running; finished ones are the journal's."""

    def __init__(self) -> None:
        self._jobs: dict[str, JobInfo] = {}  # in the order in which they came
        self._running: str | None = None
        self._held = False
        """Whether the job that runs was stopped for a pause of all only."""
        self._pausing = self._ending = False
        """Whether the job that runs is to be paused, or to end early."""
        self.paused = False
        """Whether jobs wait although none runs."""

    def get(self, job: str) -> JobInfo | None:
        """The job with this id, if it is queued or running."""
        return self._jobs.get(job)

    @property
    def queued(self) -> int:
        """How many jobs wait."""
        return len(self._jobs) - self.running

    @property
    def running(self) -> int:
        """How many jobs run: 0 or 1."""
        return int(self._running is not None)

    def handle(self, stimulus: Stimulus) -> list[Instruction]:
        """Take in what happened and say what has to be done, in order."""
        return list(self._handle(stimulus))

    def _handle(self, stimulus: Stimulus) -> Iterator[Instruction]:
        match stimulus:
            case Submitted(job):
                yield from self._queue(job)
            case ResumeAsked(job):
                yield from self._resume(job)
            case CancelAsked(job, now):
                yield from self._cancel(job, now)
            case PauseJobAsked(job, now):
                yield from self._pause_job(job, now)
            case StopAsked(now):
                for job_id in list(self._jobs):
                    yield from self._end(job_id, "interrupted", now, error=_INTERRUPTED)
            case PauseAsked(paused):
                yield from self._pause(paused=paused)
            case Started() | Progressed() | Finished() | Failed():
                # An engine's last word may arrive after the job has ended otherwise.
                if stimulus.job in self._jobs:
                    yield from self._report(stimulus)
            case _:
                assert_never(stimulus)

    def _report(self, stimulus: Report) -> Iterator[Instruction]:
        info = self._jobs[stimulus.job]
        match stimulus:
            case Started(_, now):
                yield from self._change(msgspec.structs.replace(info, state="running", started=now))
            case Progressed(job, progress):
                self._jobs[job] = msgspec.structs.replace(info, progress=progress)
                yield AnnounceProgress(self._jobs[job])
            case Finished(job, summary, now):
                state: JobState = "cancelled" if summary.partial else "done"
                yield from self._end(job, state, now, summary=summary)
                yield from self._start_next()
            case Failed(job, error, now):
                stopped = error.code == JobCancelled.code and job == self._running
                if stopped and self._pausing:
                    yield from self._end(job, "paused", now)
                    yield from self._start_next()
                    return
                if stopped and self._held:
                    self._held, self._running = False, None
                    yield from self._queue(_requeued(info))
                    return
                yield from self._end(job, _STATES.get(error.code, "failed"), now, error=error)
                yield from self._start_next()
            case _:
                assert_never(stimulus)

    def _queue(self, job: JobInfo) -> Iterator[Instruction]:
        yield from self._change(job)
        yield from self._start_next()

    def _resume(self, job: JobInfo) -> Iterator[Instruction]:
        if job.state == "done":
            raise UsageError(f"Job {job.id} is done; there is nothing to resume.")
        if job.id not in self._jobs:
            yield from self._queue(_requeued(job))
        elif job.id == self._running and self._pausing:
            # It is on its way out already, and is taken up again from there.
            self._pausing, self._held = False, True

    def _pause(self, *, paused: bool) -> Iterator[Instruction]:
        self.paused = paused
        if not paused:
            yield from self._start_next()
        elif self._running is not None and not (self._held or self._pausing or self._ending):
            # What it has read is kept: taken up again, it goes on from there.
            self._held = True
            yield StopWork(self._running)

    def _cancel(self, job: str, now: float) -> Iterator[Instruction]:
        if job == self._running:
            at_once = self._ending or self._pausing or self._held
            self._held = self._pausing = False
            self._ending = True
            yield StopWork(job, keep=not at_once)
        elif job in self._jobs:
            yield from self._end(job, "cancelled", now, error=_CANCELLED)

    def _pause_job(self, job: str, now: float) -> Iterator[Instruction]:
        if job == self._running:
            if not self._ending:
                self._pausing = True
                yield StopWork(job)
        elif job in self._jobs:
            yield from self._end(job, "paused", now)

    def _change(self, job: JobInfo) -> Iterator[Instruction]:
        self._jobs[job.id] = job
        yield Save(job)
        yield Announce(job)

    def _end(
        self,
        job: str,
        state: JobState,
        now: float,
        *,
        summary: Summary | None = None,
        error: ErrorInfo | None = None,
    ) -> Iterator[Instruction]:
        progress = msgspec.structs.replace(self._jobs[job].progress, waiting="")
        yield from self._change(
            msgspec.structs.replace(
                self._jobs[job],
                state=state,
                finished=now,
                summary=summary,
                error=error,
                progress=progress,
            )
        )
        del self._jobs[job]
        if self._running == job:
            self._running = None
            self._held = self._pausing = self._ending = False

    def _start_next(self) -> Iterator[Instruction]:
        if self._running is None and self._jobs and not self.paused:
            info = next(iter(self._jobs.values()))
            self._running = info.id
            yield StartWork(info.id, info.options)


def _requeued(job: JobInfo) -> JobInfo:
    return msgspec.structs.replace(
        job,
        state="queued",
        started=None,
        finished=None,
        progress=Progress(),
        summary=None,
        error=None,
    )


def interrupted(job: JobInfo, now: float) -> JobInfo:
    """The job as it stands after a daemon died with it; jobs that rest are returned unchanged."""
    if job.state in FINAL_STATES:
        return job
    return msgspec.structs.replace(job, state="interrupted", finished=now, error=_INTERRUPTED)
