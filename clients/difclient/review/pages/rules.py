"""Rules for many groups: the keep rules to be arranged, a preview, and applying them."""

from __future__ import annotations

import json
from typing import Any, Final

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from difclient.language.catalogue import counted
from difclient.review.desk import Form, desk_of
from difclient.review.fields import about
from difclient.review.pages.decide import decide
from difclient.review.pages.groups import opened_for, totals
from difclient.review.reasons import valid_rules
from difclient.review.result import FoundGroup
from difclient.review.rule_counts import rule_counts
from difclient.review.rule_words import (
    as_text,
    key_of,
    menu,
    of_text,
    received,
    sent,
    words_of,
)
from difclient.review.rules import RULES, Change, changes, concerned, decisions
from difclient.review.shelf import Opened
from difd.protocol.keep_rules import FOLDER_RULES, PATTERN_RULES, read_rules

CHANGES_SHOWN: Final = 100
"""Changes that a preview lists."""


async def show(request: Request) -> Response:
    """The rules to choose from."""
    opened = await opened_for(request)
    return desk_of(request).pages.answer(
        "rules.html",
        job=opened.result.job,
        rules=RULES,
        menu=menu(),
        picks=FOLDER_RULES,
        written=PATTERN_RULES | {"format"},
        own=sent(opened.result.job.options.keep),
        keep_rules=valid_rules(),
        listed=len(opened.order),
        turn="",
        moved="",
        **_chips(opened.keep),
    )


async def preview(request: Request) -> Response:
    """What a rule would change, and what each keep rule decides."""
    opened, form = await opened_for(request), await Form.sent(request)
    shown: dict[str, Any] = {}
    with about("text"):
        found = _changes(opened, form)
        if form.one("rule") == "one":
            shown = _chips(opened.keep, _groups(opened, form))
    return desk_of(request).pages.answer(
        "preview.html",
        job=opened.result.job,
        changes=found[:CHANGES_SHOWN],
        count=len(found),
        groups=len({change.file.member.group for change in found}),
        more=[change.file for change in found if change.goes],
        fewer=[change.file for change in found if not change.goes],
        typed=_typed(form),
        turn=form.one("turn"),
        moved=sent(received([form.one("moved")]))[0],
        **shown,
    )


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
        opened.keep = _keep(form)
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


def _keep(form: Form) -> tuple[str, ...]:
    """The keep rules that the page sent: as they were arranged, or as text if that was changed.

    Raises:
        InvalidOption, PathNotFound: they cannot be read.
    """
    typed = _typed(form)
    keep = received(form.all("keep")) if typed is None else of_text(typed)
    read_rules(keep)
    return keep


def _typed(form: Form) -> str | None:
    """The rules as text, if somebody changed that; browsers send lines with a return."""
    typed, was = (form.one(name).replace("\r\n", "\n") for name in ("text", "was"))
    return None if typed == was else typed


def _chips(keep: tuple[str, ...], groups: list[FoundGroup] | None = None) -> dict[str, Any]:
    """What the arranged rules are shown with; without groups they have no counts yet."""
    rules = read_rules(keep)
    counts = rule_counts(rules, groups or ())
    given = dict(zip(rules, zip(keep, sent(keep), strict=True), strict=True))
    return {
        "chips": [
            (one, words_of(one.rule), *(given.get(one.rule, ("", "")))) for one in counts.rules
        ],
        "counts": None if groups is None else counts,
        "text": as_text(keep),
        "key_of": key_of,
    }


ROUTES = [
    Route("/jobs/{job}/rules", show),
    Route("/jobs/{job}/rules/preview", preview, methods=["POST"]),
    Route("/jobs/{job}/rules/apply", apply, methods=["POST"]),
]
