"""Desktop notifications: one is shown, and whoever shows it waits for a while for a click.

A desktop without a notification server, or no desktop at all, is no error: the result is kept, and
`difctl show` has it.
"""

from __future__ import annotations

import asyncio
import html
import logging
from contextlib import suppress
from typing import Final

from difd.system import facts
from difd.system import registry as system_registry

SEND_SECONDS: Final = 10.0
"""How long a notification server may take to answer."""

CLICK_SECONDS: Final = 600.0
"""How long a click is waited for."""

_NAME: Final = "difd"
_NAMES: Final = r"Software\Classes\AppUserModelId"


def show_notification(title: str, body: str, *, button: str | None = None) -> bool:
    """Show a notification.

    Args:
        title: plain text.
        body: plain text; servers on Linux take it for markup, so it is escaped there.
        button: with one, wait until it or the notification is clicked, or it is dismissed.

    Returns:
        Whether it was clicked.
    """
    # What a failure says goes nowhere: nobody could do anything about it.
    logging.getLogger("desktop_notifier").addHandler(logging.NullHandler())
    logging.getLogger("desktop_notifier").propagate = False
    text = html.escape(body, quote=False) if facts.LINUX else body
    try:
        return asyncio.run(_show(title, text, button))
    except (ImportError, OSError, RuntimeError):
        return False  # Windows has no server that is missing, but parts of it may be


def take_back() -> None:
    """Remove what Windows knows our notifications by, which showing one has written down."""
    if not facts.WINDOWS:
        return
    registry = system_registry.registry()
    with suppress(FileNotFoundError):
        registry.DeleteKey(registry.HKEY_CURRENT_USER, rf"{_NAMES}\{_NAME}")


async def _show(title: str, body: str, button: str | None) -> bool:
    from desktop_notifier import Button, DesktopNotifier, Icon  # noqa: PLC0415  half a second

    answer: asyncio.Future[bool] = asyncio.get_running_loop().create_future()
    shown = False

    def dispatched() -> None:
        nonlocal shown
        shown = True

    def answered(*, clicked: bool) -> None:
        if not answer.done():
            answer.set_result(clicked)

    notifier = DesktopNotifier(app_name=_NAME, app_icon=Icon(name="edit-find"))
    sending = notifier.send(
        title,
        body,
        buttons=[Button(button, on_pressed=lambda: answered(clicked=True))] if button else [],
        on_dispatched=dispatched,
        on_clicked=lambda: answered(clicked=True),
        on_dismissed=lambda: answered(clicked=False),
    )
    try:
        async with asyncio.timeout(SEND_SECONDS):
            await sending
        if not shown or button is None:
            return False
        async with asyncio.timeout(CLICK_SECONDS):
            return await answer
    except TimeoutError:
        return False
