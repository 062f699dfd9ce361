"""Settings: each with what it may be, in the daemon's own file."""

from __future__ import annotations

import json
from typing import Final

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from difclient.language.catalogue import _, marked
from difclient.review.arranging import arranged_rules, arranging
from difclient.review.desk import desk_of
from difclient.review.fields import about
from difclient.review.form import Form
from difclient.review.setting_words import WORDS, SettingWords
from difd.protocol.errors import UsageError
from difd.protocol.replies import SettingsReply
from difd.protocol.settings import settings_by_name, value_of

TABLES: Final = {
    "search": marked("Searches"),
    "actions": marked("What is done to files"),
    "review": marked("This page"),
    "desktop": marked("Language"),
    "cache": marked("What is remembered of pictures"),
    "daemon": marked("The daemon"),
}
"""The tables of the settings, in words."""

KEEP: Final = "search.keep"
"""The setting that is arranged by hand."""


async def show(request: Request) -> Response:
    """Every setting."""
    reply = await desk_of(request).daemon.ask(lambda client: client.settings.look())
    return _answer(request, reply)


async def change(request: Request) -> Response:
    """One setting gets another value, or its default."""
    desk, form = desk_of(request), await Form.sent(request)
    name = request.path_params["name"]
    if name not in settings_by_name():
        raise UsageError("There is no such setting.")
    lines = form.one("value").splitlines()
    values: tuple[str, ...] | None
    if "default" in form or (WORDS[name].choices and form.one("value") == ""):
        values = None
    elif "switch" in form:
        values = ("true" if "on" in form else "false",)
    elif name == KEEP and "was" in form:
        with about("text"):
            values = arranged_rules(form)
    elif "list" in form:
        values = tuple(line.strip() for line in lines if line.strip())
    else:
        values = ("".join(lines).strip(),)
    with about("value"):
        reply = await desk.daemon.ask(lambda client: client.settings.change(name, values))
    # The button for the default goes with what it undid.
    focus = name if values is None else None
    if name == "desktop.language":
        desk.speech.configured = reply.settings.desktop.language
        return Response(headers={"HX-Refresh": "true"})
    words = _("“%(setting)s” is changed.", setting=_(WORDS[name].label))
    return _answer(request, reply, json.dumps({"say": words}), focus, changed=name)


def _answer(
    request: Request,
    reply: SettingsReply,
    events: str | None = None,
    focus: str | None = None,
    changed: str | None = None,
) -> Response:
    tables: dict[str, list[dict[str, object]]] = {}
    experts: list[dict[str, object]] = []
    for name, words in WORDS.items():
        value = value_of(reply.settings, name)
        row: dict[str, object] = {
            "name": name,
            "words": words,
            "hint": _(words.hint),
            "choices": _choices(words, _text(value)),
            "is_keep": name == KEEP,
            "is_list": isinstance(value, tuple),
            "value": _text(value),
            "given": name in reply.given,
            "focus": name == focus,
        }
        if words.for_experts:
            experts.append(row)
        else:
            tables.setdefault(_title(name), []).append(row)
    return desk_of(request).pages.answer(
        "settings.html",
        events=events,
        tables=tables,
        experts=experts,
        # What was changed there stays in sight.
        unfolded=changed is not None and WORDS[changed].for_experts,
        path=reply.path,
        problem=reply.problem,
        job=None,
        **arranging(reply.settings.search.keep),
    )


def _choices(words: SettingWords, value: str) -> dict[str, str]:
    """What can be chosen, in words; a number that was written by hand is one of them."""
    choices = {key: _(said) for key, said in words.choices.items()}
    if choices and value not in choices:
        choices[value] = _("a mean squared error of up to %(number)s", number=value)
    return choices


def _title(name: str) -> str:
    table = name.partition(".")[0]
    return TABLES.get(table, table)


def _text(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, tuple):
        return "\n".join(map(str, value))
    return str(value).lower() if isinstance(value, bool) else str(value)


ROUTES = [
    Route("/view/settings", show),
    Route("/settings/{name}", change, methods=["POST"]),
]
