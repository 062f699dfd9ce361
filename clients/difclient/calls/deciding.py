"""Decisions about the groups of searches, through the daemon that keeps them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from difclient.calls.asking import Ask
from difclient.connection import new_id
from difd.protocol.deciding import (
    DECISIONS_MAX,
    AskedDecision,
    Decide,
    Decision,
    DecisionsReply,
    ListDecisions,
)
from difd.protocol.errors import UsageError
from difd.protocol.jobs import JobInfo
from difd.protocol.replies import JobReply


class DecisionClient:
    """The part of a client that deals with decisions; reached as `Client.deciding`.

    Args:
        ask: sends a request and returns its reply.
    """

    def __init__(self, ask: Ask) -> None:
        self._ask = ask

    def decide(self, job: JobInfo, decisions: Iterable[Decision]) -> None:
        """Write down what was decided about groups of a search.

        Raises:
            UsageError: the job has no result, or another one than `job` had.
            JobFailed: it could not be written.
        """
        if job.finished is None:
            raise UsageError(f"Job {job.id[:8]} is {job.state} and has no result yet.")
        waiting = [AskedDecision(one.group, one.going) for one in decisions]
        for first in range(0, len(waiting), DECISIONS_MAX):
            some = tuple(waiting[first : first + DECISIONS_MAX])
            request = Decide(id=new_id(), job=job.id, result=job.finished, decisions=some)
            self._ask(request, JobReply)

    def since(self, job: str, after: int = 0) -> DecisionsReply:
        """A page of the decisions that came after another one, in order."""
        return self._ask(ListDecisions(id=new_id(), job=job, after=after), DecisionsReply)

    def all(self, job: str) -> dict[int, tuple[int, ...]]:
        """The rows that go of every group about which somebody decided, by its number."""
        found: dict[int, tuple[int, ...]] = {}
        for decision in self._pages(job):
            if decision.going is None:
                found.pop(decision.group, None)
            else:
                found[decision.group] = decision.going
        return found

    def _pages(self, job: str) -> Iterator[Decision]:
        after, more = 0, True
        while more:
            page = self.since(job, after)
            yield from page.decisions
            after, more = page.last, page.more
