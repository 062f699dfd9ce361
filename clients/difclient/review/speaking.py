"""Every request is answered in the language of who asks: the configured one, or the browser's."""

from __future__ import annotations

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Receive, Scope, Send

from difclient.language.catalogue import NAMES, speaking
from difclient.language.choice import browser_language


class Speech:
    """Which language the page is in.

    Args:
        configured: the setting `desktop.language`; it may change while the page is open.
    """

    def __init__(self, configured: str = "auto") -> None:
        self.configured = configured

    def language(self, accepted: str) -> str:
        """The code of the language for a browser that sends this `Accept-Language`."""
        return self.configured if self.configured in NAMES else browser_language(accepted)


class Speaking:
    """Says what an application answers in the language of the request.

    Args:
        app: what answers.
        speech: which language it is.
    """

    def __init__(self, app: ASGIApp, speech: Speech) -> None:
        self._app, self._speech = app, speech

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Have a request answered."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        accepted = Headers(scope=scope).get("accept-language", "")
        with speaking(self._speech.language(accepted)):
            await self._app(scope, receive, send)
