"""Decisions: what somebody said about groups of a result, kept with the search for every client.

A group without a decision is undecided; what the search proposes for it is no decision. Rows are
numbered as in the result, and a decision belongs to that result only: a search that is resumed has
none.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Final, Literal

import msgspec

from difd.protocol.envelope import JobReference, Reply, Request
from difd.protocol.ignoring import GroupNumber

DECISIONS_MAX: Final = 10_000
"""Groups that one request decides, at most."""

Decided = Literal["goes", "stays"]

RowNumber = Annotated[int, msgspec.Meta(ge=0)]


class Decision(msgspec.Struct, frozen=True):
    """What was decided about one group.

    Attributes:
        group: its number.
        going: the rows of its files that go, or may go; its others stay. None takes an earlier
            decision back.
    """

    group: GroupNumber
    going: Annotated[tuple[RowNumber, ...], msgspec.Meta(max_length=100_000)] | None


class AskedDecision(Decision, frozen=True, forbid_unknown_fields=True):
    """The same in a request: who says more than we know must not believe it was understood."""


class Decide(Request, frozen=True, tag="decide"):
    """Decide about groups of a search; the last word about a group counts.

    Attributes:
        result: when the search ended whose rows are meant, in seconds since 1970.
    """

    job: JobReference
    result: float
    decisions: Annotated[
        tuple[AskedDecision, ...], msgspec.Meta(min_length=1, max_length=DECISIONS_MAX)
    ]


class ListDecisions(Request, frozen=True, tag="decision_list"):
    """Decisions about a search, or what was decided since; in the order in which it was.

    Attributes:
        after: `last` of an earlier answer; 0 for all.
    """

    job: JobReference
    after: Annotated[int, msgspec.Meta(ge=0)] = 0


class DecisionsReply(Reply, frozen=True, tag="decisions"):
    """The decisions that are new to who asks.

    Attributes:
        result: when the search ended whose rows they name, in seconds since 1970.
        last: to ask for what comes later.
        more: there are more already.
    """

    decisions: tuple[Decision, ...]
    result: float
    last: int
    more: bool = False


class Fate(msgspec.Struct, frozen=True):
    """What became of a result since it was found.

    Attributes:
        decisions: of every group about which somebody decided, the rows that go.
        gone: files that an action took away, and nothing brought back.
        ignored: the groups that are no duplicates, as somebody said, with the ids of their entries
            in the ignore list.
    """

    decisions: Mapping[int, frozenset[int]] = {}
    gone: frozenset[bytes] = frozenset()
    ignored: Mapping[int, str] = {}

    def decision(self, group: int, row: int) -> Decided | None:
        """What was decided about a file; None if nothing was."""
        going = self.decisions.get(group)
        if going is None:
            return None
        return "goes" if row in going else "stays"


UNTOUCHED: Final = Fate()
"""Nobody decided anything."""
