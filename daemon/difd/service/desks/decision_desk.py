"""The daemon's desk for decisions about the groups of searches."""

from __future__ import annotations

from collections.abc import Callable

from difd.protocol.deciding import Decide, DecisionsReply, ListDecisions
from difd.protocol.errors import UsageError
from difd.protocol.jobs import JobInfo
from difd.protocol.replies import JobReply
from difd.service.server.verbs import Verb, verb
from difd.store.database import failures_told
from difd.store.decision_list import DecisionList


class DecisionDesk:
    """Takes decisions, and tells them.

    Args:
        decisions: where they are kept.
        find: the job that a client means.
    """

    def __init__(self, decisions: DecisionList, find: Callable[[str], JobInfo]) -> None:
        self._decisions, self._find = decisions, find

    def verbs(self) -> tuple[Verb, ...]:
        """What it answers."""
        return (verb(Decide, self._decide), verb(ListDecisions, self._list))

    def _decide(self, _connection: bytes, request: Decide) -> JobReply:
        """Write decisions down.

        Raises:
            UsageError: the job has no result, or not the one that is meant any more.
        """
        job, result = self._with_result(request.job)
        if request.result != result:
            raise UsageError("The search was resumed meanwhile; its groups are others now.")
        with failures_told("The list of decisions"):
            self._decisions.add(job.id, result, request.decisions)
        return JobReply(id=request.id, job=job)

    def _list(self, _connection: bytes, request: ListDecisions) -> DecisionsReply:
        job, result = self._with_result(request.job)
        with failures_told("The list of decisions"):
            decisions, last, more = self._decisions.since(job.id, result, request.after)
        return DecisionsReply(
            id=request.id, decisions=tuple(decisions), result=result, last=last, more=more
        )

    def _with_result(self, reference: str) -> tuple[JobInfo, float]:
        job = self._find(reference)
        if not job.has_result or job.finished is None:
            raise UsageError(f"Job {job.id[:8]} is {job.state} and has no result yet.")
        return job, job.finished
