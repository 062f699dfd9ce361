"""What is lost if a file goes and others of its group stay, as far as the search told it.

A row tells what its file has that its own keeper lacks. Who lets that keeper go, and keeps another
one, has to be told that, too, before the plan is made.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from itertools import islice
from typing import Final

from difclient.language.catalogue import _
from difclient.language.phrases import clause, spoken, things
from difclient.review.reasons import losses
from difclient.review.result import File, FoundGroup
from difd.protocol.holding import (
    DAMAGED,
    PASSING,
    fits,
    holds_all,
    holds_detail,
    more_detail,
    other_proportions,
)
from difd.protocol.results import Member

AMONG: Final = 20
"""Files that stay among which one is looked for that lacks nothing; a group may have thousands."""

_DESCRIBED: Final = {
    "date": "the date taken",
    "place": "where it was taken",
    "camera": "the camera",
    "title": "the title",
    "rating": "the rating",
}
"""What the metadata of a file tell, as it is listed among what a file holds."""


class Stakes:
    """What the files of a group have that those lack which stay.

    Args:
        group: the group as it is decided now.
        staying: the files that stay; None: those that do as it is decided.
    """

    def __init__(self, group: FoundGroup, staying: Iterable[File] | None = None) -> None:
        if staying is None:
            staying = (file for file in group.files if not file.goes)
        self._members = {file.member.path: file.member for file in group.files}
        self._staying = {file.member.path: file for file in staying if not file.gone}

    def of(self, file: File) -> list[str]:
        """What is lost if a file goes, as sentences; that it would be held back, if it would."""
        keeper = self._staying.get(file.member.keeper or b"")
        if file.member.is_beside:
            return losses(file)
        if keeper is not None and keeper is not file:
            return _held_back(keeper.member, file.member) + losses(file)
        others = (one for one in self._staying.values() if one is not file)
        lacking = [
            _lacking(one.member, file.member, self._members) for one in islice(others, AMONG)
        ]
        return min(lacking, key=len, default=[])


def _held_back(kept: Member, removed: Member) -> list[str]:
    """Why a plan would hold a file back that somebody chose to let go."""
    why = ""
    if kept.damage and not removed.damage:
        why = DAMAGED
    elif kept.passing and kept.passing != removed.passing:
        why = PASSING
    elif kept.width and removed.width and not fits(removed, kept):
        why = other_proportions((removed.width, removed.height), (kept.width, kept.height))
    elif kept.width and not holds_detail(kept, removed):
        why = more_detail((removed.width, removed.height), (kept.width, kept.height))
    return [_("This one would be held back: %(why)s.", why=spoken(clause(why)))] if why else []


def _lacking(kept: Member, removed: Member, members: Mapping[bytes, Member]) -> list[str]:
    """What one file lacks that another one has, as sentences."""
    said = _held_back(kept, removed)
    if not said and kept.width * kept.height < removed.width * removed.height:
        said.append(_("This one is larger than what stays."))
    told = set(removed.metadata or ()) - set(kept.metadata or ())
    if told:
        listed = ", ".join(words for name, words in _DESCRIBED.items() if name in told)
        said.append(_("Only this one has %(things)s.", things=things(listed)))
    elif not holds_all(kept, removed, members):
        said.append(_("What stays may lack something that this one holds."))
    return said
