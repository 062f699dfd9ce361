"""What the rows of a search tell about which file holds all that another one holds.

A row says what would be lost if the file went in favour of its own keeper. That it may go in
favour of another file of the group follows only where nothing is lost on the way to that one.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from difd.protocol.results import Member

SIZE_SHARE: Final = 0.97
"""A removal may have edges longer than the keeper's by so much: at 97 % even a detail of one pixel
is still there, and cameras and programs that cut a few rows off stay below it."""

DAMAGED: Final = "It is undamaged, and the file that would stay is not."
PASSING: Final = "The file that would stay lies in a recycle bin, snapshot, cache or in memory."
DIFFERS: Final = "something in it differs from the one that stays: look at that place"
"""Why a plan holds a file back, as the daemon says it, and as the page does before there is one."""


def more_detail(removal: tuple[int, int], keeper: tuple[int, int]) -> str:
    """The same of a picture that is larger, by width and height of both in pixels."""
    sizes = (f"{width} × {height}" for width, height in (removal, keeper))
    return "it holds more detail than the one that stays: {} pixels instead of {}".format(*sizes)


def other_proportions(removal: tuple[int, int], keeper: tuple[int, int]) -> str:
    """The same of a picture that is wider or narrower, by width and height of both in pixels."""
    own, other = (f"{width} × {height}" for width, height in (removal, keeper))
    return f"it has other proportions: {own}, and the one that stays {other}"


def same_proportions(one: tuple[int, int], other: tuple[int, int]) -> bool:
    """Whether one size may be the other, scaled and rounded, up or down, to whole pixels."""
    larger = max(one, other, key=lambda size: size[0] * size[1])
    return abs(one[0] * other[1] - one[1] * other[0]) <= sum(larger)


def fits(removal: Member, keeper: Member) -> bool:
    """Whether a picture has the proportions of another one, turned as the search says."""
    upright, turned = (removal.width, removal.height), (removal.height, removal.width)
    known = removal.keeper == keeper.path and removal.rotation is not None
    own = turned if (removal.rotation or 0) % 180 else upright
    ways = [own] if known else [upright, turned]
    return any(same_proportions(way, (keeper.width, keeper.height)) for way in ways)


def holds_all(keeper: Member, removal: Member, members: Mapping[bytes, Member]) -> bool:
    """Whether it is known that nothing of a file is lost when another one stays.

    Args:
        keeper: the file that stays.
        removal: the file that goes.
        members: all files of their group by path.
    """
    if keeper.digest and keeper.digest == removal.digest:
        return True
    up, down = _upwards(removal, members), _upwards(keeper, members)
    above = {member.path for member in down}
    meeting = next((member.path for member in up if member.path in above), None)
    if meeting is None:
        return False
    for member in up:
        if member.path == meeting:
            break
        if member.loses:
            return False
    for member in down:
        if member.path == meeting:
            break
        # Nothing that it holds is missing in its keeper: it holds all of that if it is as much.
        if member.loses or member.details != members[member.keeper or b""].details:
            return False
    return True


def holds_detail(keeper: Member, removal: Member) -> bool:
    """Whether a picture has pixels enough that nothing of another one is too small in it."""
    kept, removed = (sorted((one.width, one.height)) for one in (keeper, removal))
    return all(own >= SIZE_SHARE * other for own, other in zip(kept, removed, strict=True))


def _upwards(member: Member, members: Mapping[bytes, Member]) -> list[Member]:
    """A file, its keeper, that one's keeper, and so on."""
    way = [member]
    while (above := members.get(way[-1].keeper or b"")) is not None and above not in way:
        way.append(above)
    return way
