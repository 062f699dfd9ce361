"""The groups of a search: the list, one group with its files, and their pictures."""

from __future__ import annotations

from typing import Any, Final

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from difclient.language import text
from difclient.language.catalogue import _, upper_first
from difclient.language.progress import described
from difclient.review.desk import Desk, desk_of
from difclient.review.folder_pairs import pair_of
from difclient.review.form import Form, whole_number
from difclient.review.ordering import ORDERS, SHOWN, listed
from difclient.review.result import File, FoundGroup, Groups, Result
from difclient.review.shelf import PICTURE_SIZES, Opened
from difclient.review.similarity import step_figures, step_words
from difclient.review.stakes import Stakes
from difclient.verdict import ended_early, not_compared
from difd.protocol.errors import UsageError
from difd.protocol.jobs import FINAL_STATES

LIST_MAX: Final = 200
"""Most groups of the list in one answer."""

FILES_MAX: Final = 200
"""Most files of a group in one answer."""


async def show(request: Request) -> Response:
    """The groups that a search found, some of them first: a box, or what two folders share."""
    opened, answer = await result_or_state(request)
    if opened is None:
        return answer
    box, pair = request.path_params["box"], Form.asked(request).one("pair")
    if box not in SHOWN:
        raise UsageError("There is no such list.")
    return desk_of(request).pages.answer(
        "groups.html",
        orders=ORDERS,
        shown=SHOWN,
        box=box,
        pair=pair,
        **slider(opened),
        **head(opened.result),
        **totals(opened),
    )


async def result_or_state(request: Request) -> tuple[Opened | None, Response]:
    """The result of a search, with all that became of it; without one, what to say instead."""
    desk, reference = desk_of(request), request.path_params["job"]
    job = await desk.daemon.ask(lambda client: client.job(reference))
    if job.state not in FINAL_STATES:
        return None, desk.pages.answer("progress.html", job=job, words=described(job.progress))
    if not job.has_result:
        return None, desk.pages.answer("ended.html", job=job)
    desk.shelf.renew(job)
    desk.shelf.prepare(job.id)
    opened = await desk.shelf.open(job.id)
    await desk.daemon.ask(opened.result.take_over)
    return opened, PlainTextResponse("")


def head(result: Result) -> dict[str, Any]:
    """What the head of a result's views is filled with."""
    job = result.job
    partial = job.summary is not None and job.summary.partial
    return {
        "job": job,
        "ended_early": ended_early(job, job.summary) if partial and job.summary else "",
        "groups": len(result.groups),
        "not_compared": "" if job.summary is None else not_compared(job.summary),
    }


async def rows(request: Request) -> Response:
    """A part of the list; with `fresh`, the list is made anew before."""
    desk, form = desk_of(request), Form.asked(request)
    opened = await opened_for(request)
    if "fresh" in form:
        order, show = form.one("sort", "gain"), form.one("show", "all")
        words, pair = form.one("find"), form.one("pair")

        def listing(shown: Groups) -> list[FoundGroup]:
            return listed(shown, order, show, words, pair_of(shown, pair) if pair else None)

        opened.order = listing(opened.shown)
        opened.listing = listing
    first = form.number("from", 0)
    count = min(form.number("count", LIST_MAX), LIST_MAX)
    answer = desk.pages.answer(
        "rows.html",
        job=opened.result.job,
        groups=opened.order[first : first + count],
        first=first,
        total=len(opened.order),
        matches=text.MATCHES,
    )
    answer.headers["X-Difd-Total"] = str(len(opened.order))
    return answer


async def one(request: Request) -> Response:
    """One group with its files."""
    opened = await opened_for(request)
    group = opened.shown.group(whole_number(request.path_params["number"], "group"))
    return group_answer(desk_of(request), opened, group)


async def picture(request: Request) -> Response:
    """A file's picture, small."""
    form = Form.asked(request)
    row = whole_number(request.path_params["row"], "row")
    wanted = form.number("size")
    if wanted not in PICTURE_SIZES:
        raise UsageError(f"Pictures are made in these sizes: {PICTURE_SIZES}.")
    return _pixels(await desk_of(request).shelf.picture(request.path_params["job"], row, wanted))


async def tile(request: Request) -> Response:
    """A part of a file's picture, at full size."""
    asked = request.path_params
    row, column, line = (whole_number(asked[name], name) for name in ("row", "column", "line"))
    return _pixels(await desk_of(request).shelf.tile(asked["job"], row, column, line))


def _pixels(found: bytes | None) -> Response:
    if found is None:
        return PlainTextResponse(_("There is no picture of this file any more."), 404)
    kinds = {b"\x89P": "image/png", b"BM": "image/bmp"}
    return Response(found, media_type=kinds.get(found[:2], "image/jpeg"))


async def opened_for(request: Request) -> Opened:
    """The result that a request is about, with what was decided until now by whatever page."""
    desk = desk_of(request)
    opened = await desk.shelf.open(request.path_params["job"])
    await desk.daemon.ask(opened.result.take_decisions)
    return opened


def group_answer(
    desk: Desk, opened: Opened, group: FoundGroup, events: str | None = None
) -> Response:
    """A group as it is now, and the sums beside it."""
    files, edited, stakes = group.files[:FILES_MAX], group.edited[:FILES_MAX], Stakes(group)
    return desk.pages.answer(
        "group.html",
        events=events,
        job=opened.result.job,
        group=group,
        files=files,
        edited=edited,
        relations={file.row: relation(file) for file in (*files, *edited)},
        stakes={file.row: stakes.of(file) for file in (*files, *edited)},
        matches=text.MATCHES,
        losing=sum(bool(stakes.of(file)) for file in group.going),
        hidden=opened.hidden(group),
        **totals(opened),
    )


def totals(opened: Opened) -> dict[str, Any]:
    """How much of what is shown is chosen to go: files, their groups, bytes, and what is listed.

    And how many groups are decided of those that have to be looked at.
    """
    tally = opened.counts.whole
    return {
        "looked_at": tally.looked_at,
        "to_look_at": tally.look_groups,
        "listed": opened.counts.listed.going_files,
        "undoable": bool(opened.before),
        "going": tally.going_files,
        "going_groups": tally.going_groups,
        "going_bytes": tally.going_bytes,
    }


def slider(opened: Opened) -> dict[str, Any]:
    """How much similarity is shown, what else there is to choose, and what is left out."""
    threshold, shown = opened.result.job.options.similarity, opened.shown
    words = step_words(threshold)
    is_all = shown is opened.result
    return {
        "slider": {
            "words": words,
            "figures": step_figures(threshold),
            "step": len(words) - 1 if opened.step is None else opened.step,
            "edited": opened.edited,
            "all": is_all,
            "found": len(opened.result.groups),
            "shown": len(shown.groups),
            "hidden_going": 0 if is_all else len(opened.result.going()) - len(shown.going()),
        }
    }


def relation(file: File) -> str:
    """How a file matches the one that stays in its place, as a sentence begins."""
    words = text.relation(file.member)
    return upper_first(words)


ROUTES = [
    Route("/view/job/{job}/{box}", show),
    Route("/jobs/{job}/rows", rows),
    Route("/jobs/{job}/groups/{number}", one),
    Route("/jobs/{job}/pictures/{row}", picture),
    Route("/jobs/{job}/pictures/{row}/{column}/{line}", tile),
]
