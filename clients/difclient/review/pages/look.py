"""Looking at one group after the other in the whole window, and deciding by one key."""

from __future__ import annotations

from typing import Any, Final

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from difclient.language import text
from difclient.language.catalogue import _
from difclient.review.desk import Desk, desk_of
from difclient.review.form import Form
from difclient.review.pages.compare import held_back, in_order, origin_of, turn_of
from difclient.review.pages.decide import decide, decision, in_turn, take_last_back
from difclient.review.pages.groups import opened_for, relation
from difclient.review.result import File, FoundGroup
from difclient.review.shelf import Differences, Opened
from difclient.review.stakes import Stakes
from difclient.review.told_apart import facts_told_apart, paths_told_apart
from difd.protocol.errors import UsageError

TOGETHER: Final = 4
"""Pictures that are shown at once, at most."""

AHEAD: Final = 2
"""Groups whose pictures are fetched before they are looked at."""


async def show(request: Request) -> Response:
    """The group at a place of the list, or the first that nobody decided about."""
    opened, form = await opened_for(request), Form.asked(request)
    if "place" in form:
        place = form.number("place")
    elif "group" in form:
        group = opened.shown.group(form.number("group"))
        place = opened.order.index(group) if group in opened.order else 0
    else:
        place = _after(opened, -1)
    return _answer(request, opened, place)


@in_turn
async def choose(request: Request) -> Response:
    """Of the pictures that are shown some stay; then comes the next group."""
    opened, form = await opened_for(request), await Form.sent(request)
    place, group = form.number("place"), opened.shown.group(form.number("group"))
    shown = _shown(group)
    staying = set(form.numbers("keep"))
    if not staying <= {file.row for file in shown}:
        raise UsageError("Files of another group cannot stay here.")
    going = {file.row for file in shown if file.row not in staying and _may_go(group, file)}
    others = {file.row for file in group.going} - {file.row for file in shown}
    if all(file.row in going | others for file in group.files if not file.gone):
        raise UsageError(_("One file of every group has to stay."))
    await decide(desk_of(request), opened, [decision(opened, group, going | others)])
    return _answer(request, opened, _after(opened, place))


@in_turn
async def back(request: Request) -> Response:
    """The last choice is taken back, and its group is shown again."""
    opened = await opened_for(request)
    former = await take_last_back(desk_of(request), opened)
    number = former.groups[0]
    places = (place for place, one in enumerate(opened.order) if number in {one.number, one.of})
    return _answer(request, opened, next(places, 0))


def _after(opened: Opened, place: int) -> int:
    """The next place with a group that is open; after the last one that is the end of the list."""
    following = opened.next_open(place)
    return len(opened.order) if following is None else following


def _answer(request: Request, opened: Opened, place: int) -> Response:
    pages, result = desk_of(request).pages, opened.result
    tally = opened.counts.listed
    sums: dict[str, Any] = {
        "job": result.job,
        "place": place,
        "looked_at": tally.looked_at,
        "to_look_at": tally.look_groups,
        "undoable": bool(opened.before),
        "open": tally.open_groups,
    }
    if place >= len(opened.order):
        return pages.answer("looked.html", **sums)
    group = opened.order[place]
    files = _shown(group)
    rows = [file.row for file in files]
    # Whichever of those that are shown goes, the others may stay.
    stakes = Stakes(group, [*files, *(file for file in group.files if not file.goes)])
    following = _after(opened, place)
    ahead = [
        (file.row, file.size)
        for one in opened.order[following : following + AHEAD]
        for file in _shown(one)
    ]
    return pages.answer(
        "look.html",
        group=group,
        files=files,
        more=len([file for file in group.every if not file.gone]) - len(files),
        may_go={file.row: _may_go(group, file) for file in files},
        titles=dict(zip(rows, paths_told_apart([file.member.path for file in files]), strict=True)),
        facts=dict(zip(rows, facts_told_apart(files), strict=True)),
        stakes={file.row: stakes.of(file) for file in files},
        relations={file.row: relation(file) for file in files},
        matches=text.MATCHES,
        onto={file.row: origin_of(group, file) for file in files},
        turns={file.row: turn_of(file.member) for file in files},
        held=held_back(_known_differences(desk_of(request), opened, files)),
        following=following,
        skip=place + 1,
        listed=len(opened.order),
        ahead=ahead,
        **sums,
    )


def _known_differences(desk: Desk, opened: Opened, files: list[File]) -> Differences:
    """Where the two that are shown differ, if they are two and somebody compared them before."""
    if len(files) != 2:  # noqa: PLR2004  it is asked of pairs only
        return None
    row, other = in_order(*files)
    return desk.shelf.known_differences(opened.result.job.id, row.row, other.row)


def _shown(group: FoundGroup) -> list[File]:
    """The one that stays, and what has to be looked at; where that is nothing, its equals."""
    here = [file for file in group.every if not file.gone]
    stays = [file for file in here if file.member.keeper is None] or here[:1]
    others = [file for file in here if file not in stays]
    look = [file for file in others if file.member.action == "review"]
    return [*stays, *(look or others)][:TOGETHER]


def _may_go(group: FoundGroup, file: File) -> bool:
    return file.fixed is None and group.ignored is None and group.files != [file]


ROUTES = [
    Route("/jobs/{job}/look", show),
    Route("/jobs/{job}/look/choose", choose, methods=["POST"]),
    Route("/jobs/{job}/look/back", back, methods=["POST"]),
]
