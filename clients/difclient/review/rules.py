"""Decisions for many groups at once: what each rule says, before anything is changed."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Final

from difclient.review.result import File, FoundGroup
from difd.protocol.errors import InvalidOption, UsageError
from difd.protocol.keep_rules import Picture, read_rules

PROVEN: Final = ("bytes", "pixels")
"""Matches that are equal in full."""

RULES: Final = {
    "proposed": "As proposed: copies proven equal go",
    "bytes": "Only copies with the same bytes go",
    "smaller": "Everything of lower resolution goes, if something larger stays",
    "one": "One file stays, chosen by keep rules",
    "none": "Everything stays",
}
"""What can be decided for many groups, in words."""

KEEP: Final = "resolution, bytes, oldest, shortest-path"
"""The keep rules of `one`, unless the user writes others."""


@dataclass(frozen=True, slots=True)
class Change:
    """A decision that becomes another one."""

    file: File
    goes: bool


def changes(
    groups: Iterable[FoundGroup], rule: str, *, keep: str = KEEP, alike: bool = False
) -> list[Change]:
    """What a rule would change; a group always keeps a file.

    Args:
        groups: which it is applied to; ignored ones are left out.
        rule: a key of `RULES`.
        keep: for `one`: keep rules, commas between them.
        alike: for `smaller` and `one`: also groups whose pictures are not all proven equal.

    Raises:
        UsageError: there is no such rule.
        InvalidOption: a keep rule cannot be read, or needs what an older version's result does
            not tell.
    """
    decide = _decider(rule, keep)
    weak = alike or rule not in {"smaller", "one"}
    return [
        change
        for group in groups
        if group.ignored is None and (weak or group.match in PROVEN)
        for change in _changes(group, decide)
    ]


def _changes(group: FoundGroup, decide: Callable[[list[File]], set[int]]) -> Iterator[Change]:
    here = [file for file in group.files if not file.gone]
    going = {file.row for file in here if file.fixed is None} & decide(here)
    if len(going) == len(here):
        return
    for file in here:
        if file.goes != (file.row in going):
            yield Change(file, not file.goes)


def _decider(rule: str, keep: str) -> Callable[[list[File]], set[int]]:
    match rule:
        case "proposed":
            return lambda files: {file.row for file in files if file.member.action == "remove"}
        case "bytes":
            return lambda files: {
                file.row
                for file in files
                if file.member.action == "remove" and file.member.match == "bytes"
            }
        case "smaller":
            return _smaller
        case "one":
            order = _order(keep)
            return lambda files: _all_but_one(files, order)
        case "none":
            return lambda _: set()
        case _:
            raise UsageError("There is no such rule.")


def _smaller(files: list[File]) -> set[int]:
    largest = max((file.pixels for file in files), default=0)
    return {file.row for file in files if file.pixels < largest}


def _all_but_one(files: list[File], order: Callable[[File], tuple[object, ...]]) -> set[int]:
    fixed = [file for file in files if file.fixed is not None]
    best = fixed or [min(files, key=order)] if files else []
    staying = {file.row for file in best}
    return {file.row for file in files} - staying


def _order(keep: str) -> Callable[[File], tuple[object, ...]]:
    rules = read_rules([part for part in keep.split(",") if part.strip()])
    described = any(rule.name == "metadata" for rule in rules)

    def order(file: File) -> tuple[object, ...]:
        member = file.member
        picture = Picture(
            member.width,
            member.height,
            member.size,
            member.modified,
            member.format,
            _metadata(file) if described else (),
            member.path,
        )
        return (*(rule.rank(picture) for rule in rules), member.path)

    return order


def _metadata(file: File) -> tuple[str, ...]:
    if file.member.metadata is None:
        raise InvalidOption(
            "This search was made by an older difd, which did not keep what metadata files have.",
            hint="Search again; what was read is remembered.",
        )
    return file.member.metadata
