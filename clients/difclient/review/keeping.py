"""The keep rules on the files of a result: who stays is who a search by these rules would keep."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Sequence

from difclient.language.catalogue import _
from difclient.review.result import File, FoundGroup
from difd.protocol.errors import InvalidOption
from difd.protocol.holding import holds_all
from difd.protocol.keep_rules import (
    Directions,
    KeepRule,
    Picture,
    arranged,
    buckets,
    fixed_first,
    learn,
    refined,
)
from difd.protocol.results import PROOF, Member


class Keeping:
    """Keep rules that are applied to a result.

    Args:
        rules: in their order, as they were given.
        groups: of the whole result; what the rules decide between folders is counted over them.

    Raises:
        InvalidOption: a rule needs what an older version's result does not tell.
    """

    def __init__(self, rules: Sequence[KeepRule], groups: Iterable[FoundGroup]) -> None:
        self._rules = refined(rules)
        self._directions = Directions()
        for group in groups:
            files = group.files
            pictures = self._pictures(files)
            learn(self._directions, buckets(self._rules, pictures), pictures, _picture_of(files))

    def ordered(self, files: Sequence[File]) -> list[File]:
        """The files of a group, the one that stays first."""
        pictures = self._pictures(files)
        members = {file.member.path: file.member for file in files}

        def holds(keeper: int, removal: int) -> bool:
            kept, removed = files[keeper].member, files[removal].member
            described = set(removed.metadata or ()) <= set(kept.metadata or ())
            return described and holds_all(kept, removed, members)

        places = arranged(buckets(self._rules, pictures), pictures, self._directions)
        places = fixed_first(self._rules, places, pictures, _picture_of(files), holds)
        return [files[place] for place in places]

    def _pictures(self, files: Sequence[File]) -> list[Picture]:
        return [picture(file.member, self._rules) for file in files]


def picture(member: Member, rules: Sequence[KeepRule]) -> Picture:
    """What rules look at of a file.

    Raises:
        InvalidOption: a rule needs what an older version's result does not tell.
    """
    if member.metadata is None and any(rule.name == "metadata" for rule in rules):
        raise InvalidOption(
            _("An older difd made this search, and did not keep what metadata files have."),
            hint=_("Search again; what was read is remembered."),
        )
    return Picture(
        width=member.width,
        height=member.height,
        size=member.size,
        modified=member.modified,
        format=member.format,
        metadata=member.metadata or (),
        path=member.path,
        damage=member.damage,
        worth=member.worth,
        details=member.details,
        taken=member.taken,
        reference=member.reference,
        passing=member.passing,
        writable=member.writable,
    )


def _picture_of(files: Sequence[File]) -> Callable[[int], Hashable]:
    """Equal for files that are proven equal: each proof leads to the first of its set."""
    place_of = {file.member.path: place for place, file in enumerate(files)}
    first: list[int] = []
    for place, file in enumerate(files):
        above = place_of.get(file.member.keeper or b"")
        proven = file.member.match in PROOF and above is not None and above < place
        first.append(first[above] if proven and above is not None else place)
    return first.__getitem__
