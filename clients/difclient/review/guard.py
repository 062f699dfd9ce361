"""The gate before every request: for whom the page is, and what a browser may do with the answer.

Any page in the browser can send requests to a loopback port, and one whose name is made to mean
127.0.0.1 can read the answers. So the name, the sender and the token are checked on each of them.
"""

from __future__ import annotations

from typing import Final

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from difclient.language.catalogue import _
from difclient.review.session import Session

TOKEN_HEADER: Final = "x-difd-token"  # noqa: S105  its name

BODY_MAX: Final = 4 * 1024 * 1024
"""Longest body of a request, in bytes: the choice of a hundred thousand files."""

_POLICY: Final = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob:; "
    "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)

_ANSWER_HEADERS: Final = {
    "content-security-policy": _POLICY,
    "cache-control": "no-store",
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "no-referrer",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "camera=(), microphone=(), geolocation=(), clipboard-read=()",
}

_Refusal = tuple[int, str]


class Guard:
    """Refuses what is not from our own page.

    Args:
        app: what answers the rest.
        session: knows the token.
        host: the one `Host` that we are, such as `127.0.0.1:40123`.
    """

    def __init__(self, app: ASGIApp, session: Session, host: str) -> None:
        self._app, self._session = app, session
        self._host, self._origin = host, f"http://{host}"

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request, or have it answered."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in _ANSWER_HEADERS.items():
                    headers[name] = value
            await send(message)

        refusal = self._refusal(scope)
        if refusal is None:
            await self._app(scope, receive, send_with_headers)
        else:
            code, words = refusal
            await PlainTextResponse(words, code)(scope, receive, send_with_headers)

    def _refusal(self, scope: Scope) -> _Refusal | None:
        headers, method, path = Headers(scope=scope), scope["method"], scope["path"]
        refusal = self._wrong_sender(headers) or _wrong_form(headers, method)
        if refusal is not None or path == "/exchange":
            return refusal
        if method != "POST" and (path == "/" or path.startswith("/static/")):
            return None
        if self._session.admits(headers.get(TOKEN_HEADER, "")):
            return None
        return 401, _("The key is missing. Open the page again with: difctl review")

    def _wrong_sender(self, headers: Headers) -> _Refusal | None:
        if headers.getlist("host") != [self._host]:
            return 421, "This is not the name of the review page."
        sites, origins = headers.getlist("sec-fetch-site"), headers.getlist("origin")
        if set(sites) - {"same-origin", "none"} or set(origins) - {self._origin}:
            return 403, "Other sites cannot use the review page."
        return None


def _wrong_form(headers: Headers, method: str) -> _Refusal | None:
    if method not in {"GET", "HEAD", "POST"}:
        return 405, "The review page does not know this method."
    if method == "POST":
        # Browsers send the origin with every POST, and the length.
        if "origin" not in headers:
            return 403, "Only the review page itself may ask for this."
        length = headers.get("content-length", "")
        if not (length.isascii() and length.isdecimal()):
            return 411, "The length of the request is missing."
        if int(length) > BODY_MAX:
            return 413, "The request is too long."
    return None
