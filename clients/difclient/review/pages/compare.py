"""Pictures of a group side by side, with what is known of each."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Sequence
from typing import Final

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from difclient.language.catalogue import _, counted, marked
from difclient.language.phrases import spoken
from difclient.review.desk import desk_of
from difclient.review.form import Form, whole_number
from difclient.review.pages.groups import opened_for, relation
from difclient.review.result import File, FoundGroup
from difclient.review.shelf import Differences
from difclient.review.stakes import Stakes
from difd.protocol import holding
from difd.protocol.description import Description
from difd.protocol.results import Box, Member

TOGETHER_MAX: Final = 12
"""Most pictures that are compared at once."""

FIELDS: Final = {
    "taken": marked("Taken"),
    "camera": marked("Camera"),
    "lens": marked("Lens"),
    "exposure": marked("Exposure"),
    "place": marked("Place"),
    "title": marked("Title"),
    "author": marked("Author"),
    "keywords": marked("Keywords"),
    "rating": marked("Rating"),
    "software": marked("Software"),
    "depth": marked("Depth"),
    "profile": marked("Colours"),
    "frames": marked("Frames"),
}
"""What files say about themselves, in words."""

ALL_OVER: Final = 0.9
"""Share of width and height from which on a place that differs is all of the picture."""

DIFFERS: Final = ("taken", "camera", "title", "keywords", "rating")
"""What of this is told beneath pictures that are looked at, where it differs."""


async def show(request: Request) -> Response:
    """The pictures of a group, two of them chosen: the one asked for, and what it is like."""
    opened, form = await opened_for(request), Form.asked(request)
    group = opened.shown.group(whole_number(request.path_params["number"], "group"))
    asked = opened.shown.file(form.number("row", group.files[0].row))
    left, right = _two(group, asked)
    files, stakes = _together(group, left, right), Stakes(group)
    return desk_of(request).pages.answer(
        "compare.html",
        job=opened.result.job,
        group=group,
        files=files,
        left=left,
        right=right,
        relations={
            file.row: relation(file) or _("The others are compared with it") for file in files
        },
        stakes={file.row: stakes.of(file) for file in files},
        onto={file.row: origin_of(group, file) for file in files},
        turns={file.row: turn_of(file.member) for file in files},
        held="",
    )


def turn_of(member: Member) -> int:
    """Quarters, in degrees counter-clockwise, by which a picture is upright beside the others."""
    if member.lie is None:
        return member.rotation or 0
    return round(member.lie.angle / 90) * 90 % 360


def origin_of(group: FoundGroup, file: File) -> File:
    """The file in whose place another one goes, or onto which an edited copy is laid."""
    return next((one for one in group.every if one.member.path == file.member.keeper), file)


async def descriptions(request: Request) -> Response:
    """What the files that are compared say about themselves: the rows of a table."""
    desk, opened, form = desk_of(request), await opened_for(request), Form.asked(request)
    files = [opened.result.file(row) for row in form.numbers("row")[:TOGETHER_MAX]]
    job = opened.result.job.id
    told = await asyncio.gather(*(desk.shelf.description(job, file.row) for file in files))
    rows = _told(told, FIELDS)
    problems = [one if isinstance(one, str) else "" for one in told]
    return desk.pages.answer("descriptions.html", files=files, rows=rows, problems=problems)


async def what_differs(request: Request) -> Response:
    """What the files that are looked at say about themselves, each its own, where that differs."""
    desk, opened, form = desk_of(request), await opened_for(request), Form.asked(request)
    rows = [opened.result.file(row).row for row in form.numbers("row")[:TOGETHER_MAX]]
    job = opened.result.job.id
    told = await asyncio.gather(*(desk.shelf.description(job, row) for row in rows))
    different = {name: words for name, words in _told(told, DIFFERS).items() if len(set(words)) > 1}
    return desk.pages.answer("told.html", rows=rows, told=different)


def in_order(one: File, other: File) -> tuple[File, File]:
    """Two files that are compared: the one, and that whose places are told."""
    return (other, one) if other.member.keeper == one.member.path else (one, other)


async def places(request: Request) -> Response:
    """Where two pictures differ: of which one the places are, these, and all of it in words."""
    desk, opened, form = desk_of(request), await opened_for(request), Form.asked(request)
    row, other = opened.result.file(form.number("row")), opened.result.file(form.number("other"))
    row, other = in_order(row, other)
    found: Differences
    if row.member.keeper != other.member.path and (row.member.is_beside or other.member.is_beside):
        found = _("an edited copy is compared with the picture that it comes from")
    else:
        job = opened.result.job.id
        found = await desk.shelf.differences(job, row.row, other.row, request.is_disconnected)
    if found is None:
        return Response(status_code=204)  # nobody reads it
    some = () if isinstance(found, str) else found
    whole = any(right - left > ALL_OVER < bottom - top for left, top, right, bottom in some)
    return JSONResponse(
        {
            "of": other.row,
            "places": [] if whole else some,
            "words": _places_in_words(found, whole=whole),
            "held": held_back(found),
            "steps": [
                _("%(place)s of %(all)s", place=place, all=len(some))
                for place in range(1, len(some) + 1)
            ],
        }
    )


def held_back(found: Differences) -> str:
    """That a plan would hold back whichever of two compared files goes, if it would."""
    if not found or isinstance(found, str):
        return ""
    return _("Whichever goes would be held back: %(why)s.", why=spoken(holding.DIFFERS))


def _places_in_words(found: tuple[Box, ...] | str, *, whole: bool) -> str:
    if isinstance(found, str):
        return _("Not compared: %(why)s", why=spoken(found))
    if whole:
        return _("They differ all over")
    if not found:
        return _("No place differs visibly")
    return counted("%(count)s place differs", "%(count)s places differ", len(found))


def _told(told: Sequence[Description | str], names: Iterable[str]) -> dict[str, list[str]]:
    """What some files say, in words, by its label; nothing of what none of them says."""
    rows = {_(FIELDS[name]): [_words(one, name) for one in told] for name in names}
    return {label: words for label, words in rows.items() if any(words)}


def _words(told: Description | str, name: str) -> str:
    if isinstance(told, str):
        return ""
    value = getattr(told, name)
    if name == "rating" and value is not None:
        return _("rejected") if value < 0 else _("%(stars)s of 5", stars=value)
    return "" if value is None else spoken(str(value))


def _together(group: FoundGroup, left: File, right: File) -> list[File]:
    """The files that are compared, in the order of the group."""
    files = [left, right, *(file for file in group.every if file not in {left, right})]
    return sorted(files[:TOGETHER_MAX], key=lambda file: file.row)


def _two(group: FoundGroup, asked: File) -> tuple[File, File]:
    others = [file for file in group.every if file is not asked]
    if asked.member.keeper is None:
        return asked, next(
            (one for one in others if one.member.keeper == asked.member.path), others[0]
        )
    return next(one for one in others if one.member.path == asked.member.keeper), asked


ROUTES = [
    Route("/jobs/{job}/groups/{number}/compare", show),
    Route("/jobs/{job}/descriptions", descriptions),
    Route("/jobs/{job}/differs", what_differs),
    Route("/jobs/{job}/places", places),
]
