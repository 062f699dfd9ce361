"""What a search found, in sum: what may go, what to look at, and which folders share pictures."""

from __future__ import annotations

import json
from typing import Any, Final

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from difclient.language.catalogue import counted
from difclient.review.desk import desk_of
from difclient.review.folder_pairs import FolderPair, folder_pairs, keep_in, pair_of_files
from difclient.review.form import Form
from difclient.review.pages.decide import decide, in_turn
from difclient.review.pages.groups import head, opened_for, result_or_state, slider
from difclient.review.pages.rules import CHANGES_SHOWN
from difclient.review.result import Groups
from difclient.review.rules import Change, decisions
from difclient.review.shelf import Opened

PAIRS_SHOWN: Final = 20
"""Pairs of folders that are told."""


async def show(request: Request) -> Response:
    """A search: how far it is, or what it found, in sum."""
    opened, answer = await result_or_state(request)
    if opened is None:
        return answer
    return desk_of(request).pages.answer(
        "summary.html", **sums(opened), **slider(opened), **head(opened.result)
    )


def sums(opened: Opened) -> dict[str, Any]:
    """What is shown of a result, in sum."""
    at = (opened.shown, opened.result.version)
    if opened.pairs is None or opened.pairs[0] != at:
        opened.pairs = at, folder_pairs(opened.shown.groups)
    pairs = opened.pairs[1]
    return {
        "tally": opened.counts.whole,
        "pairs": pairs[:PAIRS_SHOWN],
        "more": len(pairs) - PAIRS_SHOWN,
    }


async def preview(request: Request) -> Response:
    """What would change if what two folders share stayed in one of them."""
    opened, form = await opened_for(request), await Form.sent(request)
    pair, kept, found = _chosen(opened.shown, form)
    return desk_of(request).pages.answer(
        "pair.html",
        job=opened.result.job,
        pair=pair,
        kept=kept,
        form={name: form.number(name) for name in ("kept", "gone")},
        changes=found[:CHANGES_SHOWN],
        count=len(found),
        going=[change.file for change in found if change.goes],
        left=len(pair.groups) - len({change.file.member.group for change in found if change.goes}),
    )


@in_turn
async def apply(request: Request) -> Response:
    """What two folders share stays in one of them."""
    opened, form = await opened_for(request), await Form.sent(request)
    pair, _, found = _chosen(opened.shown, form)
    await decide(desk_of(request), opened, decisions(opened.result, found, also=pair.groups))
    events = {
        "close-dialog": "",
        "say": counted("%(count)s group decided.", "%(count)s groups decided.", len(pair.groups)),
        "go": f"job/{opened.result.job.id}",
    }
    return desk_of(request).pages.answer("nothing.html", events=json.dumps(events))


def _chosen(result: Groups, form: Form) -> tuple[FolderPair, bytes, list[Change]]:
    kept = result.file(form.number("kept"))
    pair = pair_of_files(result, form.number("kept"), form.number("gone"))
    return pair, kept.folder, keep_in(pair, kept.folder)


ROUTES = [
    Route("/view/job/{job}", show),
    Route("/jobs/{job}/pair/preview", preview, methods=["POST"]),
    Route("/jobs/{job}/pair/apply", apply, methods=["POST"]),
]
