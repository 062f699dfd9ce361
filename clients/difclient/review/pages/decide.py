"""Decisions about one group: which files go, that it is no duplicates, and taking them back."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable, Sequence
from collections.abc import Set as AbstractSet
from functools import wraps
from typing import Final

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from difclient.client import Client
from difclient.language.catalogue import _, counted
from difclient.review.desk import Desk, desk_of
from difclient.review.form import Form, whole_number
from difclient.review.opening import open_in_viewer, show_in_folder
from difclient.review.pages.groups import group_answer, opened_for, totals
from difclient.review.reasons import why_fixed
from difclient.review.result import FoundGroup, Result
from difclient.review.rules import changes, decisions
from difclient.review.shelf import Earlier, Opened
from difd.protocol.deciding import Decision
from difd.protocol.errors import UsageError

CHOICES_KEPT: Final = 100
"""Choices that can be taken back."""

DECIDED: Final = '{"decided": ""}'

_SHOW: Final[dict[str, Callable[[bytes], None]]] = {
    "viewer": open_in_viewer,
    "folder": show_in_folder,
}


_Page = Callable[[Request], Awaitable[Response]]


def in_turn(page: _Page) -> _Page:
    """Have a page that changes decisions wait for those that came before it.

    Each makes them of what it finds: two at once would both begin with the same, and what the first
    one decided would be gone.
    """

    @wraps(page)
    async def waiting(request: Request) -> Response:
        async with desk_of(request).choices:
            return await page(request)

    return waiting


@in_turn
async def choose(request: Request) -> Response:
    """A file of a group goes, or stays."""
    opened, form = await opened_for(request), await Form.sent(request)
    shown = opened.shown
    file = shown.file(form.number("row"))
    group = shown.group_of(file)
    goes = form.one("go") == "1"
    events = DECIDED
    if goes and file.fixed is not None:
        raise UsageError(_("This file has to stay: %(why)s.", why=why_fixed(file)))
    if goes and all(other.goes or other.gone for other in group.files if other is not file):
        events = json.dumps({"say": _("One file of every group has to stay.")})
    else:
        going = {other.row for other in group.going} - {file.row} | ({file.row} if goes else set())
        await decide(desk_of(request), opened, [decision(opened, group, going)])
    return group_answer(desk_of(request), opened, group, events)


@in_turn
async def proposed(request: Request) -> Response:
    """A group is decided as the search proposes."""
    return await _by_rule(request, "proposed")


@in_turn
async def stay(request: Request) -> Response:
    """All files of a group stay."""
    return await _by_rule(request, "none")


@in_turn
async def ignore(request: Request) -> Response:
    """A group is no duplicates, from now on."""
    return await _ignored(request, ignored=True)


@in_turn
async def heed(request: Request) -> Response:
    """A group is duplicates again, and decided as it was before."""
    return await _ignored(request, ignored=False)


async def _ignored(request: Request, *, ignored: bool) -> Response:
    desk, opened = desk_of(request), await opened_for(request)
    group = _group(opened, request)
    if opened.hidden(group):
        raise UsageError(
            _("Other files of this group are not shown at this similarity; look at all first.")
        )
    number = opened.result.group_of(group.files[0]).number
    if await desk.daemon.ask(lambda c: opened.result.ignore(c, number, ignored=ignored)):
        _remember(opened, Earlier(ignored={number: not ignored}))
    return group_answer(desk, opened, group, DECIDED)


async def show(request: Request) -> Response:
    """A file is shown by the desktop."""
    opened, form = await opened_for(request), await Form.sent(request)
    path = opened.result.file(form.number("row")).member.path
    how = form.one("how")
    if how not in _SHOW:
        raise UsageError("A file cannot be shown like this.")
    await asyncio.to_thread(_SHOW[how], path)
    return PlainTextResponse("")


async def _by_rule(request: Request, rule: str) -> Response:
    opened = await opened_for(request)
    group = _group(opened, request)
    await decide(
        desk_of(request), opened, decisions(opened.result, changes([group], rule), also=[group])
    )
    return group_answer(desk_of(request), opened, group, _decided(opened, group))


@in_turn
async def take_back(request: Request) -> Response:
    """What was decided last is as it was before."""
    opened = await opened_for(request)
    former = await take_last_back(desk_of(request), opened)
    words = counted("%(count)s group as before.", "%(count)s groups as before.", len(former.groups))
    events = json.dumps({"regroup": "", "say": words})
    return desk_of(request).pages.answer(
        "chosen.html", events=events, job=opened.result.job, oob=True, **totals(opened)
    )


async def take_last_back(desk: Desk, opened: Opened) -> Earlier:
    """Have the groups of the last choice as they were before it.

    Raises:
        UsageError: there is none.
    """
    if not opened.before:
        raise UsageError(_("There is nothing to take back."))
    former = opened.before[-1]
    await desk.daemon.ask(lambda client: _restore(client, opened.result, former))
    opened.before.pop()
    return former


def _restore(client: Client, result: Result, former: Earlier) -> None:
    if former.decisions:
        result.decide(client, former.decisions)
    for number, ignored in former.ignored.items():
        result.ignore(client, number, ignored=ignored)


async def decide(desk: Desk, opened: Opened, made: Sequence[Decision]) -> None:
    """Have decisions kept, so that they can be taken back."""
    if not made:
        return
    before = [opened.result.group(one.group).decision for one in made]
    await desk.daemon.ask(lambda client: opened.result.decide(client, made))
    _remember(opened, Earlier(before))


def decision(opened: Opened, group: FoundGroup, going: AbstractSet[int]) -> Decision:
    """A decision about what is shown of a group; what is not shown of it stays as it is.

    Args:
        opened: the result.
        group: what is shown.
        going: the rows of the files in it that go.
    """
    whole = opened.result.group_of(group.files[0])
    others = {file.row for file in whole.going} - {file.row for file in group.every}
    return Decision(whole.number, tuple(sorted(going | others)))


def _remember(opened: Opened, earlier: Earlier) -> None:
    opened.before.append(earlier)
    del opened.before[:-CHOICES_KEPT]


def _decided(opened: Opened, group: FoundGroup) -> str:
    """What the page is told: a group is decided, and at which place of the list to go on."""
    following = opened.next_open(opened.order.index(group)) if group in opened.order else None
    return json.dumps({"decided": {"of": group.number, "next": following}})


def _group(opened: Opened, request: Request) -> FoundGroup:
    return opened.shown.group(whole_number(request.path_params["number"], "group"))


ROUTES = [
    Route("/jobs/{job}/choice", choose, methods=["POST"]),
    Route("/jobs/{job}/groups/{number}/proposed", proposed, methods=["POST"]),
    Route("/jobs/{job}/groups/{number}/stay", stay, methods=["POST"]),
    Route("/jobs/{job}/groups/{number}/ignore", ignore, methods=["POST"]),
    Route("/jobs/{job}/groups/{number}/heed", heed, methods=["POST"]),
    Route("/jobs/{job}/back", take_back, methods=["POST"]),
    Route("/jobs/{job}/show", show, methods=["POST"]),
]
