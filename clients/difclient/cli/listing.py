"""A result as people read it: the groups, what stays and why, and what was not read."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from typing import Final, get_args

from difclient.cli.naming import Names
from difclient.cli.output import Segment
from difclient.language.numbers import size
from difclient.language.text import dimensions, plural, relation
from difd.protocol.deciding import UNTOUCHED, Fate
from difd.protocol.results import Group, Invalid, Match, Member, Row

_MARKS = {
    "keep": ("keep  ", "bold green"),
    "remove": ("extra ", "bold red"),
    "review": ("look  ", "bold yellow"),
    "none": ("show  ", "dim"),
}
_EDITED = ("edited ", "cyan")
_GONE = ("gone  ", "dim")
_DECIDED = {"goes": ("goes  ", "bold red"), "stays": ("stays ", "bold green")}
_STRENGTHS: Final[tuple[Match, ...]] = get_args(Match)
_STEPS: Final = 4
"""Copies of copies of copies are indented no further than by so many steps."""

_Numbered = tuple[int, Member]
"""A file and the number of its row."""


def listing(rows: Iterable[Row], names: Names, fate: Fate = UNTOUCHED) -> Iterator[list[Segment]]:
    """The lines for a result's groups and unreadable files; made while they are read.

    Args:
        rows: all of the result.
        names: how its files are named.
        fate: what became of its files since.
    """
    members: list[_Numbered] = []
    below_files = False
    for number, row in enumerate(rows):
        if isinstance(row, Member):
            members.append((number, row))
            continue
        if members:
            yield from _members(members, names, fate)
            members, below_files = [], True
        line = _line(row, names, fate)
        if line and below_files:
            yield []
            below_files = False
        if line:
            yield line
    yield from _members(members, names, fate)


def _line(row: Row, names: Names, fate: Fate) -> list[Segment]:
    """What is told of a row that is no file of a group; nothing of most."""
    match row:
        case Group():
            return _group(row, names, fate)
        case Invalid(path=path, reason=reason) if not row.is_aside:
            return [("not read  ", "yellow"), (names.of(path), ""), (f"  {reason}", "dim")]
        case _:
            return []


def _mark(row: Member, number: int, fate: Fate) -> Segment:
    """What a line begins with: what became of the file, what was decided, or is proposed."""
    if row.path in fate.gone:
        return _GONE
    decision = fate.decision(row.group, number)
    if decision is not None and not (decision == "stays" and row.action == "keep"):
        return _DECIDED[decision]
    return _MARKS[row.action] if row.lie is None else _EDITED


def _group(row: Group, names: Names, fate: Fate) -> list[Segment]:
    gain = f", {size(row.reclaimable_bytes)} to free" if row.reclaimable_bytes else ""
    where = f" in {names.of(row.folder)}" if row.folder is not None else ""
    head = [(f"Group {row.id}", "bold"), (f"  {plural(row.count, 'file')}{gain}{where}", "dim")]
    if row.id in fate.ignored:
        head.append(("  no duplicates, as you said", "yellow"))
    return head


def _members(members: list[_Numbered], names: Names, fate: Fate) -> Iterator[list[Segment]]:
    for depth, (number, row) in _in_order(members):
        indent = names.step * min(depth, _STEPS)
        yield from _member(row, _mark(row, number, fate), names, indent)


def _in_order(members: list[_Numbered]) -> Iterator[tuple[int, _Numbered]]:
    """The files of a group, each under the one that it is compared with, and how deep it stands.

    Under a file its exact copies come first, then what is only alike, then edited copies.
    """
    here = {row.path for _, row in members}
    below: defaultdict[bytes | None, list[_Numbered]] = defaultdict(list)
    for member in members:
        keeper = member[1].keeper
        below[keeper if keeper in here else None].append(member)
    for some in below.values():
        some.sort(key=lambda member: _strength(member[1]))
    while below:
        # Files that name each other, which no search makes, are shown all the same.
        first = None if None in below else next(iter(below))
        left = [(0, member) for member in reversed(below.pop(first))]
        while left:
            depth, member = left.pop()
            yield depth, member
            left += [(depth + 1, one) for one in reversed(below.pop(member[1].path, []))]


def _strength(row: Member) -> int:
    return -1 if row.match is None else _STRENGTHS.index(row.match)


def _member(row: Member, mark: Segment, names: Names, indent: str) -> Iterator[list[Segment]]:
    facts = [f"{dimensions(row.width, row.height)}{row.format}", size(row.size), relation(row)]
    if row.match == "bytes":
        # All else is as above.
        facts = [relation(row)]
    elif row.lie is not None:
        facts = [f"{dimensions(row.width, row.height)}{row.format}", relation(row)]
    marked, style = mark
    yield [
        (f"{marked}{indent}", style),
        (names.of(row.path), "bold" if row.action == "keep" else ""),
        (f"  {', '.join(filter(None, facts))}", "dim"),
    ]
    if row.lie is not None:
        return
    # What an extra copy has in common with the one that stays was said in its line.
    if row.action in {"keep", "none"}:
        yield [(f"      {indent}{row.reason}", "dim italic")]
    for warning in row.warnings:
        yield [(f"      {indent}note: {warning}", "yellow")]
    for link in row.links:
        yield [(f"      {indent}also named ", "dim"), (names.of(link), "")]
