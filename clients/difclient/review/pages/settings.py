"""Settings: each with what it may be, in the daemon's own file."""

from __future__ import annotations

import json
from typing import Final

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from difclient.review.desk import Form, desk_of
from difd.protocol.errors import UsageError
from difd.protocol.replies import SettingsReply
from difd.protocol.settings import settings_by_name, value_of

TABLES: Final = {
    "search": "Searches",
    "actions": "What is done to files",
    "review": "This page",
    "cache": "What is remembered of pictures",
    "daemon": "The daemon",
}
"""The tables of the settings, in words."""


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
    if "default" in form:
        values = None
    elif "list" in form:
        values = tuple(line.strip() for line in lines if line.strip())
    else:
        values = ("".join(lines).strip(),)
    reply = await desk.daemon.ask(lambda client: client.settings.change(name, values))
    # The button for the default goes with what it undid.
    focus = name if values is None else None
    return _answer(request, reply, json.dumps({"say": f"{name} is changed."}), focus)


def _answer(
    request: Request, reply: SettingsReply, events: str | None = None, focus: str | None = None
) -> Response:
    tables: dict[str, list[dict[str, object]]] = {}
    for name, setting in settings_by_name().items():
        value = value_of(reply.settings, name)
        tables.setdefault(_title(name), []).append(
            {
                "name": name,
                "allowed": setting.allowed,
                "is_list": isinstance(value, tuple),
                "value": _text(value),
                "given": name in reply.given,
                "focus": name == focus,
            }
        )
    return desk_of(request).pages.answer(
        "settings.html", events=events, tables=tables, path=reply.path, problem=reply.problem
    )


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
