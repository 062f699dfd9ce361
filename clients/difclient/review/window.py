"""The review page in a window of its own, by pywebview, which is optional.

The address and its secret stay within this process: no command line, no output and no log has them.
"""

from __future__ import annotations

import importlib
import logging
import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from queue import SimpleQueue
from types import ModuleType
from typing import Final

from difclient.review.gateway import serve
from difd.protocol.errors import UsageError
from difd.system import facts, installed

_NO_BACKEND: Final = (
    "Install Qt's with: pip install 'pywebview[pyside6]'. Or GTK's, on Debian and Ubuntu: apt "
    "install python3-gi gir1.2-webkit2-4.1, and a virtual environment made with /usr/bin/python3 "
    "-m venv --system-site-packages."
)

_DRAWN_PLAINLY: Final = ("WEBKIT_DISABLE_DMABUF_RENDERER", "WEBKIT_DISABLE_COMPOSITING_MODE")
"""GTK's WebKit draws through the graphics card otherwise; with some drivers, and now and then on a
machine under load, the window stays white. What the user has set them to counts."""

_SIZE: Final = (1280, 860)
_SIZE_MIN: Final = (340, 400)


def load() -> ModuleType:
    """The module `webview`, ready to show windows.

    Raises:
        UsageError: it is missing, or what it shows pages with; the hint says what to install.
    """
    if facts.LINUX and not (os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")):
        raise UsageError("There is no desktop here to show a window on.")
    for name in _DRAWN_PLAINLY:
        os.environ.setdefault(name, "1")
    try:
        webview = importlib.import_module("webview")
    except ImportError as error:
        raise UsageError(
            "A window of its own needs pywebview.",
            hint=f"Install it with: {installed.adding('window')}",
        ) from error
    # It writes tracebacks of what it tries in vain, and addresses when it is told to say more. Its
    # level stays; what is disabled is enabled again by uvicorn.
    logging.getLogger("pywebview").setLevel(logging.CRITICAL)
    try:
        webview.initialize()
    except Exception as error:
        # Each backend says in its own way that something is missing.
        raise UsageError(
            "A window needs Qt's WebEngine or GTK's WebKit; neither is here.",
            hint=_NO_BACKEND,
        ) from error
    return webview


def show(
    webview: ModuleType, *, port: int, view: str, idle_minutes: float, language: str = "auto"
) -> None:
    """Serve the page and show it, until the window is closed. In the main thread only.

    Args:
        webview: what `load` returned.
        port: 0 for one that is free.
        view: what the page shows first, such as `job/3f2a91bc`.
        idle_minutes: how long the page may be unused, should the window hang.
        language: the setting `desktop.language`.

    Raises:
        UsageError: the port is taken, or the window cannot be shown.
        DifdError: there is no daemon, and none can be started.
    """
    begun: SimpleQueue[tuple[str, Callable[[], None]] | None] = SimpleQueue()
    with ThreadPoolExecutor(1, "gateway") as threads:
        gateway = threads.submit(
            serve,
            lambda address, end: begun.put((address, end)),
            port=port,
            view=view,
            idle_minutes=idle_minutes,
            language=language,
        )
        gateway.add_done_callback(lambda _: begun.put(None))
        opened = begun.get()
        if opened is not None:
            address, end = opened
            window = webview.create_window(
                "difd",
                address,
                width=_SIZE[0],
                height=_SIZE[1],
                min_size=_SIZE_MIN,
                text_select=True,
                zoomable=True,
            )
            gateway.add_done_callback(lambda _: window.destroy())
            try:
                webview.start()
            finally:
                end()
            if not window.events.shown.is_set():
                raise UsageError("The window could not be shown.")
        gateway.result()
