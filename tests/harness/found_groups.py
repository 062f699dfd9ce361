"""Groups of a result as the review page has them, made by hand or from the rows of a search."""

from __future__ import annotations

from collections.abc import Iterable

from difclient.review.result import File, FoundGroup
from difd.protocol.jobs import JobInfo
from difd.protocol.options import SearchOptions
from difd.protocol.results import Group, Member, Row

JOB = JobInfo("1" * 32, "done", SearchOptions(paths=(b"/p",)), 0.0)


def group(number: int, *members: dict, gain: int = 0) -> FoundGroup:
    """A group whose first member stays in the place of the others."""
    made = FoundGroup(Group(number, None, len(members), gain))
    first = members[0].get("path", f"/p/{number}/0.png".encode())
    for place, given in enumerate(members):
        facts = {
            "group": number,
            "path": f"/p/{number}/{place}.png".encode(),
            "action": "remove" if place else "keep",
            "reason": "…",
            "width": 100,
            "height": 100,
            "size": 1000,
            "modified": 10,
            "format": "JPEG",
            "metadata": (),
            "match": "bytes" if place else None,
            "keeper": first if place else None,
            **given,
        }
        member = Member(**facts)
        made.files.append(File(100 * number + place, member, goes=member.action == "remove"))
    return made


def found_groups(rows: Iterable[Row]) -> list[FoundGroup]:
    """The groups of a result, from its rows."""
    groups: list[FoundGroup] = []
    for number, row in enumerate(rows):
        if isinstance(row, Group):
            groups.append(FoundGroup(row))
        elif isinstance(row, Member):
            groups[-1].files.append(File(number, row, goes=row.action == "remove"))
    return groups
