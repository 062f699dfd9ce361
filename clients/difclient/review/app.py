"""The application: which address is answered by whom, and how errors are said."""

from __future__ import annotations

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp

from difclient.language.catalogue import _
from difclient.language.phrases import spoken
from difclient.language.text import printable
from difclient.remote import is_elsewhere
from difclient.review import way_back
from difclient.review.assets import Assets
from difclient.review.desk import LOOPBACK, Desk, desk_of
from difclient.review.fields import FIELD_HEADER, FieldError
from difclient.review.form import Form
from difclient.review.guard import Guard
from difclient.review.pages import (
    act,
    compare,
    decide,
    groups,
    history,
    look,
    rules,
    search,
    settings,
    similarity,
    summary,
)
from difclient.review.script_words import script_words
from difclient.review.speaking import Speaking
from difd.protocol.errors import ActionRefused, DaemonUnreachable, DifdError, UnknownJob
from difd.protocol.version import VERSION
from difd.system.peers import is_stranger


def make_app(desk: Desk, host: str) -> ASGIApp:
    """The application, behind its gate.

    Args:
        desk: what requests share.
        host: the one `Host` that we are.
    """
    app = Starlette(
        routes=[
            Route("/", _shell),
            Route("/static/{name}", Assets().answer),
            Route("/exchange", _exchange, methods=["POST"]),
            Route("/alive", _alive),
            *search.ROUTES,
            *summary.ROUTES,
            *groups.ROUTES,
            *similarity.ROUTES,
            *compare.ROUTES,
            *look.ROUTES,
            *decide.ROUTES,
            *rules.ROUTES,
            *act.ROUTES,
            *history.ROUTES,
            *settings.ROUTES,
        ],
        exception_handlers={
            DifdError: _say,
            FieldError: _say_beside,
            HTTPException: _say_plainly,
        },
    )
    app.state.desk = desk
    return Speaking(Guard(app, desk.session, host), desk.speech)


async def _shell(request: Request) -> Response:
    """The empty page; what it shows is fetched with the token."""
    return desk_of(request).pages.answer(
        "shell.html",
        version=VERSION,
        words=script_words(),
        # In a window of its own, the page ends with the window.
        again=way_back.SCHEME if way_back.is_open() and not is_elsewhere() else "",
    )


async def _exchange(request: Request) -> Response:
    desk = desk_of(request)
    peer = request.client
    # Before anything is read: what a stranger sends must not fill our memory.
    if peer is None or is_stranger((peer.host, peer.port), (LOOPBACK, desk.port)):
        return PlainTextResponse(_("This page belongs to another user."), 403)
    form = await Form.sent(request)
    token = desk.session.exchange(form.one("secret"))
    if token is None:
        return PlainTextResponse(
            _("This address was used before. Open the page again with: difctl review"), 403
        )
    return JSONResponse({"token": token})


async def _alive(_request: Request) -> Response:
    return PlainTextResponse("")


async def _say(_request: Request, error: Exception) -> Response:
    assert isinstance(error, DifdError)  # noqa: S101  what it is registered for
    said = DifdError(spoken(error.message), path=error.path)
    lines = [said.sentence(printable), *([error.hint] if error.hint else [])]
    return PlainTextResponse("\n".join(lines), _code(error))


async def _say_beside(request: Request, error: Exception) -> Response:
    assert isinstance(error, FieldError)  # noqa: S101  what it is registered for
    answer = await _say(request, error.error)
    answer.headers[FIELD_HEADER] = error.field
    return answer


async def _say_plainly(_request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)  # noqa: S101  what it is registered for
    return PlainTextResponse(error.detail, error.status_code)


def _code(error: DifdError) -> int:
    match error:
        case UnknownJob():
            return 404
        case DaemonUnreachable():
            return 503
        case ActionRefused():
            return 409
        case _:
            return 400
