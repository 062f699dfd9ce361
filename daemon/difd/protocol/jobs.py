"""What a job is, as clients see it."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec

from difd.protocol.error_info import ErrorInfo
from difd.protocol.options import SearchOptions
from difd.protocol.results import Progress, Summary

JobState = Literal["queued", "running", "paused", "done", "failed", "cancelled", "interrupted"]
FINAL_STATES: frozenset[JobState] = frozenset(
    {"paused", "done", "failed", "cancelled", "interrupted"}
)
"""States in which a job rests; all but `done` can be resumed."""

Seconds = Annotated[float, msgspec.Meta(ge=0, le=1e12)]


JobOrigin = Literal["client", "watch"]


class JobInfo(msgspec.Struct, frozen=True):
    """A job as clients see it. Times are seconds since 1970.

    Attributes:
        origin: whether a client asked for it, or a look at watched folders found something.
    """

    id: str
    state: JobState
    options: SearchOptions
    created: Seconds
    started: Seconds | None = None
    finished: Seconds | None = None
    progress: Progress = Progress()
    summary: Summary | None = None
    error: ErrorInfo | None = None
    origin: JobOrigin = "client"

    @property
    def has_result(self) -> bool:
        """Whether it has a result: that of a cancelled job is about what was read until then."""
        return self.state == "done" or (self.state == "cancelled" and self.summary is not None)
