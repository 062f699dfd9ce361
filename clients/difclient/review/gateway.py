"""The server: a loopback port that nobody else has, until nobody looks at the page any more."""

from __future__ import annotations

import asyncio
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from typing import Final

import uvicorn

from difclient.review.app import make_app
from difclient.review.callers import Callers
from difclient.review.desk import LOOPBACK, Desk
from difclient.review.line import LINES_MAX, Line
from difclient.review.rendering import Pages
from difclient.review.session import Session
from difclient.review.shelf import Shelf
from difclient.review.speaking import Speech
from difd.protocol.errors import UsageError
from difd.system import facts, interrupts

IDLE_MINUTES: Final = 30.0
"""Without a page open for so long, the gateway ends; an open page says each minute that it is."""


def serve(
    announce: Callable[[str, Callable[[], None]], None],
    *,
    port: int = 0,
    view: str = "",
    idle_minutes: float,
    language: str = "auto",
) -> None:
    """Serve the page until it is unused, or a signal ends it.

    Args:
        announce: is told the address, with its secret, once it can be opened, and what ends us,
            from any thread.
        port: 0 for one that is free.
        view: what the page shows first, such as `job/3f2a91bc`.
        idle_minutes: how long it may be unused.
        language: the setting `desktop.language`.

    Raises:
        UsageError: the port is taken.
        DifdError: there is no daemon, and none can be started.
    """
    with closing(_listening(port)) as listener:
        taken = listener.getsockname()[1]
        host = f"{LOOPBACK}:{taken}"
        session = Session()
        daemon, workers = Callers(3, "daemon"), Callers(3, "pictures")
        shelf = Shelf(daemon, workers)
        desk = Desk(session, daemon, shelf, Pages(), taken, Speech(language))
        config = uvicorn.Config(
            make_app(desk, host),
            http=Line,
            ws="none",
            lifespan="off",
            log_level="warning",
            access_log=False,
            proxy_headers=False,
            server_header=False,
            limit_concurrency=LINES_MAX,
            timeout_graceful_shutdown=2,
        )
        try:
            server = uvicorn.Server(config)
            address = f"http://{host}/#key={session.secret}&go={view}"

            def end() -> None:
                server.should_exit = True

            announce(address, end)
            with _ended_by_signals(server):
                asyncio.run(_run(server, listener, desk, view, 60 * idle_minutes))
        finally:
            daemon.close()
            workers.close()


@contextmanager
def _ended_by_signals(server: uvicorn.Server) -> Iterator[None]:
    """Let Ctrl-C and SIGTERM end the server, and us go on behind it.

    uvicorn ends by itself and then raises the signal again, of which the process would die before
    it has closed its connections to the daemon.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    with interrupts.heard_by(server.handle_exit, stop=True):
        yield


async def _run(
    server: uvicorn.Server, listener: socket.socket, desk: Desk, view: str, limit: float
) -> None:
    loop = asyncio.get_running_loop()
    kind, _, job = view.partition("/")
    if kind == "job":
        desk.shelf.prepare(job)  # while the browser starts

    def end_if_unused() -> None:
        left = limit - desk.session.unused_seconds
        if left > 0:
            loop.call_later(left, end_if_unused)
        else:
            server.should_exit = True

    end_if_unused()
    await server.serve(sockets=[listener])


def _listening(port: int) -> socket.socket:
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    if not facts.WINDOWS:
        # What is left of connections of a gateway that has ended keeps nobody out; on Windows this
        # would let others listen beside us.
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((LOOPBACK, port))
        listener.listen(128)
    except OSError as error:
        listener.close()
        raise UsageError(
            f"Port {port} cannot be used: {error.strerror}.",
            hint="Leave out --port, and a free one is chosen.",
        ) from error
    return listener
