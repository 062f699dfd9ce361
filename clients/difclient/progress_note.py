"""A notification with a bar that grows while a search runs, where the desktop can show one.

One bubble is shown and then changed (`replaces_id`); the bar is the hint `value`. Servers do not
say whether they know it, so those that do are named here; others would show the same text again
and again. (Desktop Notifications Specification, sections 8 and 9; the servers' own manuals.)
"""

from __future__ import annotations

import asyncio
import html
import logging
import time
from types import TracebackType
from typing import TYPE_CHECKING, Any, Final, Self

from difd.system import facts

if TYPE_CHECKING:
    from dbus_fast.aio import MessageBus
    from dbus_fast.message import Message

    Bus = MessageBus

BARS: Final = frozenset({
    "dunst", "mako", "notify-osd", "SwayNotificationCenter", "Xfce Notify Daemon",
})  # fmt: skip
"""The names of the servers that draw a bar."""

BEGIN_SECONDS: Final = 3.0
"""What is done by then needs no bar."""

EVERY_SECONDS: Final = 1.0
"""Between two changes of the bar."""

_ANSWER_SECONDS: Final = 2.0

_HEAR_SECONDS: Final = 0.01
"""How long is looked whether somebody closed it meanwhile."""

_NAME: Final = "org.freedesktop.Notifications"
_LOW: Final = 0


class ProgressNote:
    """Shows how far something is. Whatever is wrong with the desktop, nothing is raised.

    Used in a `with`, which takes the notification away at its end. It is shown to one who does not
    wait, so it is as quiet as it can be; who closes it does not see it again.
    """

    def __init__(self) -> None:
        self._loop: asyncio.AbstractEventLoop | None = None
        self._bus: Bus | None = None
        self._next = time.monotonic() + BEGIN_SECONDS
        self._number = 0
        self._able = facts.LINUX  # others have no such servers

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._loop is None:
            return
        if self._able and self._number:
            self._run("CloseNotification", "u", [self._number])
        if self._bus is not None:
            self._bus.disconnect()
        self._loop.close()

    def show(self, title: str, body: str, share: float) -> None:
        """Say how far it is, if it is time to.

        Args:
            title: plain text.
            body: plain text.
            share: how much is done, 0 to 1.
        """
        if not self._able or time.monotonic() < self._next:
            return
        self._next = time.monotonic() + EVERY_SECONDS
        if self._loop is None:
            self._able = self._connect()
        else:
            self._loop.run_until_complete(asyncio.sleep(_HEAR_SECONDS))
        if not self._able:
            return
        from dbus_fast import Variant  # noqa: PLC0415  slow, and seldom needed

        hints = {
            "value": Variant("i", min(100, max(0, int(100 * share)))),
            "urgency": Variant("y", _LOW),
            "transient": Variant("b", True),  # noqa: FBT003  D-Bus's own
        }
        text = html.escape(body, quote=False)
        told = ["difd", self._number, "edit-find", title, text, [], hints, 0]
        answer = self._run("Notify", "susssasa{sv}i", told)
        if answer is None:
            self._able = False
        else:
            self._number = int(answer[0])

    def _connect(self) -> bool:
        """Find a server that draws bars."""
        from dbus_fast import BusType  # noqa: PLC0415  slow, and seldom needed
        from dbus_fast.aio import MessageBus  # noqa: PLC0415

        logging.getLogger("dbus_fast").addHandler(logging.NullHandler())
        logging.getLogger("dbus_fast").propagate = False
        self._loop = asyncio.new_event_loop()

        async def connected() -> Bus:
            async with asyncio.timeout(_ANSWER_SECONDS):
                return await MessageBus(bus_type=BusType.SESSION).connect()

        try:
            self._bus = self._loop.run_until_complete(connected())
        except Exception:  # noqa: BLE001  no bus, a strange one, none that answers
            return False
        self._bus.add_message_handler(self._heard)
        rule = f"type='signal',interface='{_NAME}',member='NotificationClosed'"
        self._run("AddMatch", "s", [rule], name="org.freedesktop.DBus")
        told = self._run("GetServerInformation", "", [])
        return told is not None and told[0] in BARS

    def _heard(self, message: Message) -> None:
        """Somebody closed it."""
        if message.member == "NotificationClosed" and message.body[:1] == [self._number]:
            self._able = False

    def _run(
        self, member: str, signature: str, body: list[Any], *, name: str = _NAME
    ) -> list[Any] | None:
        """Call a method; None if it did not work."""
        from dbus_fast.constants import MessageType  # noqa: PLC0415  slow, and seldom needed
        from dbus_fast.message import Message  # noqa: PLC0415

        loop, bus = self._loop, self._bus
        if loop is None or bus is None:
            return None
        message = Message(
            destination=name,
            path="/" + name.replace(".", "/"),
            interface=name,
            member=member,
            signature=signature,
            body=body,
        )

        async def called() -> Message | None:
            async with asyncio.timeout(_ANSWER_SECONDS):
                return await bus.call(message)

        try:
            answer = loop.run_until_complete(called())
        except Exception:  # noqa: BLE001  as above
            return None
        if answer is None or answer.message_type is not MessageType.METHOD_RETURN:
            return None
        return list(answer.body)
