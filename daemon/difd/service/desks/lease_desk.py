"""Who tells the user what became of a job: one client, however many follow it.

A tray and the follower of `difctl open` may both wait for the same job. Who asks first tells it.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from typing import Final

from difd.protocol.errors import UsageError
from difd.protocol.jobs import FINAL_STATES, JobInfo, Seconds
from difd.protocol.replies import LeaseReply
from difd.protocol.requests import TakeLease
from difd.service.server.verbs import Verb, verb

LEASES_MAX: Final = 1000
"""Leases remembered; the journal keeps fewer jobs."""


class LeaseDesk:
    """Gives out one lease for each end of a job; one that is resumed ends again.

    Args:
        find: the job that a client means.
    """

    def __init__(self, find: Callable[[str], JobInfo]) -> None:
        self._find = find
        self._taken: OrderedDict[tuple[str, Seconds | None], str] = OrderedDict()

    def verbs(self) -> tuple[Verb, ...]:
        """What it answers; who asked is remembered here, so the reply need not be kept."""
        return (verb(TakeLease, self._take),)

    def _take(self, _connection: bytes, request: TakeLease) -> LeaseReply:
        """The lease of a job, if nobody has it; a request that is sent again keeps it.

        Raises:
            UsageError: the job has not ended.
        """
        job = self._find(request.job)
        if job.state not in FINAL_STATES:
            raise UsageError(f"Job {job.id[:8]} is {job.state} and has not ended.")
        holder = self._taken.setdefault((job.id, job.finished), request.id)
        if len(self._taken) > LEASES_MAX:
            self._taken.popitem(last=False)
        return LeaseReply(id=request.id, granted=holder == request.id)
