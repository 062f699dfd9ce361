"""Rules for many groups: the keep rules to be arranged, a preview, and applying them."""

from __future__ import annotations

import json
from typing import Any, Final

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from difclient.language.catalogue import counted
from difclient.review.arranging import answered, arranged_rules, arranging, chips
from difclient.review.desk import desk_of
from difclient.review.fields import about
from difclient.review.form import Form
from difclient.review.pages.decide import decide, in_turn
from difclient.review.pages.groups import opened_for, totals
from difclient.review.result import FoundGroup
from difclient.review.rule_words import sent
from difclient.review.rules import RULES, Change, changes, concerned, decisions
from difclient.review.shelf import Opened
from difd.protocol.keep_rules import read_rules

CHANGES_SHOWN: Final = 100
"""Changes that a preview lists."""


async def show(request: Request) -> Response:
    """The rules to choose from."""
    opened = await opened_for(request)
    return desk_of(request).pages.answer(
        "rules.html",
        job=opened.result.job,
        rules=RULES,
        own=sent(opened.result.job.options.keep),
        listed=len(opened.order),
        **arranging(opened.keep),
    )


async def preview(request: Request) -> Response:
    """What a rule would change, and what each keep rule decides."""
    opened, form = await opened_for(request), await Form.sent(request)
    shown: dict[str, Any] = {}
    with about("text"):
        found = _changes(opened, form)
        if form.one("rule") == "one":
            shown = answered(form, opened.keep) | chips(opened.keep, _groups(opened, form))
    return desk_of(request).pages.answer(
        "preview.html",
        job=opened.result.job,
        changes=found[:CHANGES_SHOWN],
        count=len(found),
        groups=len({change.file.member.group for change in found}),
        more=[change.file for change in found if change.goes],
        fewer=[change.file for change in found if not change.goes],
        **shown,
    )


async def arrange(request: Request) -> Response:
    """Rules that were arranged or typed where there is no result in which they could decide."""
    form = await Form.sent(request)
    with about("text"):
        keep = arranged_rules(form)
    return desk_of(request).pages.answer("arranged.html", job=None, **answered(form, keep))


@in_turn
async def apply(request: Request) -> Response:
    """A rule is applied."""
    opened, form = await opened_for(request), await Form.sent(request)
    with about("text"):
        found = _changes(opened, form)
    await decide(desk_of(request), opened, decisions(opened.result, found))
    words = counted("%(count)s decision changed.", "%(count)s decisions changed.", len(found))
    events = json.dumps({"close-dialog": "", "regroup": "", "say": words})
    return desk_of(request).pages.answer(
        "chosen.html", events=events, job=opened.result.job, oob=True, **totals(opened)
    )


def _changes(opened: Opened, form: Form) -> list[Change]:
    rule = form.one("rule")
    if rule == "one" and "was" in form:
        opened.keep = arranged_rules(form)
    return changes(
        _scope(opened, form),
        rule,
        keep=read_rules(opened.keep),
        alike="alike" in form,
        among=opened.shown.groups,
    )


def _groups(opened: Opened, form: Form) -> list[FoundGroup]:
    return concerned(_scope(opened, form), form.one("rule"), alike="alike" in form)


def _scope(opened: Opened, form: Form) -> list[FoundGroup]:
    return opened.order if form.one("scope") == "listed" else opened.shown.groups


ROUTES = [
    Route("/rules/arranged", arrange, methods=["POST"]),
    Route("/jobs/{job}/rules", show),
    Route("/jobs/{job}/rules/preview", preview, methods=["POST"]),
    Route("/jobs/{job}/rules/apply", apply, methods=["POST"]),
]
