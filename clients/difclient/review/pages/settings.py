"""Settings: each with what it may be, in the daemon's own file."""

from __future__ import annotations

import json

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from difclient.review.desk import Form, desk_of
from difd.protocol.errors import UsageError
from difd.protocol.replies import SettingsReply
from difd.protocol.settings import settings_by_name, value_of


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
    return _answer(request, reply, json.dumps({"say": f"{name} is changed."}))


def _answer(request: Request, reply: SettingsReply, events: str | None = None) -> Response:
    rows = []
    for name, setting in settings_by_name().items():
        value = value_of(reply.settings, name)
        rows.append(
            {
                "name": name,
                "allowed": setting.allowed,
                "is_list": isinstance(value, tuple),
                "value": _text(value),
                "given": name in reply.given,
            }
        )
    return desk_of(request).pages.answer(
        "settings.html", events=events, rows=rows, path=reply.path, problem=reply.problem
    )


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
