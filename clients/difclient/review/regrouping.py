"""The groups of a result with less similarity than was searched with: from known distances alone.

A result tells how far every file is from the one that stays in its place, not how far any two are
from each other. So files are left out whose distance is too large; what is left is together in a
new search with that threshold, too, but that search may find more of them together.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from collections.abc import Set as AbstractSet
from typing import Final

from msgspec.structs import replace

from difclient.language.catalogue import _
from difclient.review.result import File, FoundGroup, Groups, Result
from difd.protocol.errors import UsageError
from difd.protocol.results import PROOF, Action

EQUAL: Final = -1.0
"""The distance of files that are proven equal; below that of files that only look the same."""

FIRST: Final = "kept: it is the first by the keep rules among all files of the group"
"""Why a file stays whose own keeper is farther away than is shown."""


class Regrouped(Groups):
    """A result, of which only files up to some distance are shown.

    What was decided, done and ignored is the result's, and is taken over with `renew`. Groups of
    which nothing is left out are the result's own.

    Args:
        result: all of it.
        limit: the largest distance (mean squared error) of a file from the one that stays in its
            place; `EQUAL` for proven copies only, None for all.
        edited: whether edited copies are shown.
    """

    def __init__(self, result: Result, limit: float | None, *, edited: bool) -> None:
        self._result = result
        groups: list[FoundGroup] = []
        self._parts: defaultdict[int, list[FoundGroup]] = defaultdict(list)
        for whole in result.groups:
            for part in _parts(whole, limit, edited=edited, others=len(result.groups)):
                groups.append(part)
                self._parts[whole.number].append(part)
        super().__init__(groups)

    def renew(self, changed: Iterable[FoundGroup]) -> list[FoundGroup]:
        """Take over what became of groups of the result; what is shown of these."""
        parts = [(part, whole) for whole in changed for part in self._parts.get(whole.number, ())]
        for part, whole in parts:
            if part is not whole:
                part.chosen, part.ignored = whole.chosen, whole.ignored
                for file in part.files:
                    known = self._result.file(file.row)
                    file.goes, file.gone = known.goes, known.gone
        return [part for part, _whole in parts]

    def group(self, number: int) -> FoundGroup:
        """The group of this number.

        Raises:
            UsageError: none is shown.
        """
        try:
            return super().group(number)
        except UsageError as error:
            raise UsageError(_("This group is not shown at this similarity.")) from error


def distance(file: File) -> float:
    """How far a file is from the one that stays in its place."""
    return EQUAL if file.member.match in PROOF else file.member.mse or 0.0


def _parts(
    whole: FoundGroup, limit: float | None, *, edited: bool, others: int
) -> Iterable[FoundGroup]:
    """What is shown of a group: itself, parts of it, or nothing."""
    copies = whole.edited if edited else []
    if limit is not None:
        below = [file for file in whole.files if file.member.keeper is not None]
        near = {file.row for file in below if distance(file) <= limit}
        if not near and not copies:
            return ()
        # Of several that stay nobody knows how near they are to each other.
        if len(near) < len(whole.files) - 1:
            return _split(whole, near, copies, others)
    if len(copies) == len(whole.edited):
        return (whole,)
    return (_part(whole, whole.files, copies, whole.number),) if len(whole.files) > 1 else ()


def _split(
    whole: FoundGroup, near: AbstractSet[int], copies: Iterable[File], others: int
) -> Iterator[FoundGroup]:
    """The parts of a group.

    Args:
        whole: the group.
        near: the rows of the files that are near enough to what stays in their place.
        copies: its edited copies that are shown.
        others: how many groups there are; the numbers of parts come after theirs.
    """
    head: dict[bytes, bytes] = {}
    same: dict[bytes, bytes] = {}
    together: defaultdict[bytes, list[File]] = defaultdict(list)
    matched: set[bytes] = set()
    for file in whole.files:
        member = file.member
        above = head.get(member.keeper or b"")
        if above is not None and file.row in near:
            matched.add(above)
        else:
            # Of two references with the same bytes neither stays in the place of the other.
            above = same.setdefault(member.digest or member.path, member.path)
        head[member.path] = above
        together[above].append(file)
    edited: defaultdict[bytes, list[File]] = defaultdict(list)
    for file in copies:
        edited[head.get(file.member.keeper or b"", b"")].append(file)
    for above, files in together.items():
        if above in matched or above in edited:
            is_first = files[0] is whole.files[0]
            number = whole.number if is_first else others + files[0].row
            yield _part(whole, [_of_part(file, head) for file in files], edited[above], number)


def _of_part(file: File, head: dict[bytes, bytes]) -> File:
    """A file as its part of the group has it; the first of a part has nothing above itself."""
    member = file.member
    above = member.keeper
    if above is None or head.get(above) == head[member.path]:
        return file
    action: Action = "keep" if member.action == "review" else "none"
    alone = replace(
        member,
        action=action,
        reason=FIRST if action == "keep" else member.reason,
        keeper=None,
        match=None,
        mse=None,
        rotation=None,
        mirrored=None,
        warnings=() if action == "keep" else member.warnings,
        loses="",
    )
    return File(file.row, alone, file.goes, file.gone)


def _part(whole: FoundGroup, files: list[File], edited: list[File], number: int) -> FoundGroup:
    gain = sum(
        file.member.size
        for file in files
        if file.member.action == "remove" and not file.member.links
    )
    row = replace(
        whole.row,
        id=number,
        count=len(files),
        edited=len(edited),
        reclaimable_bytes=min(gain, whole.row.reclaimable_bytes),
    )
    return FoundGroup(row, files, edited, whole.chosen, whole.ignored, whole.number)
