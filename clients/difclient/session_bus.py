"""The desktop's session bus (D-Bus): a connection to it, and calls that say what came of them."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any, Final

from dbus_fast import Message, MessageFlag, MessageType
from dbus_fast.aio import MessageBus

from difd.protocol.errors import UsageError

SECONDS: Final = 5.0
"""How long the bus, or a program on it, may take to answer."""

DBUS: Final = "org.freedesktop.DBus"
"""The bus itself is a program on the bus, of this name and interface."""


@asynccontextmanager
async def session_bus() -> AsyncIterator[MessageBus]:
    """A connection to the session's bus.

    Raises:
        UsageError: none answers.
    """
    try:
        async with asyncio.timeout(SECONDS):
            bus = await MessageBus(_address()).connect()
    except Exception as error:
        # No address, a wrong one, nobody who listens, another user's bus: each has its own.
        raise UsageError(
            "No session bus (D-Bus) answers here.",
            hint="Start it in a terminal of the desktop itself, neither over SSH nor with sudo.",
        ) from error
    try:
        yield bus
    finally:
        bus.disconnect()
        with suppress(Exception):  # the bus may have gone first, and dbus-fast tells how
            await bus.wait_for_disconnect()  # type: ignore[no-untyped-call]


def _address() -> str | None:
    """Where the bus is; None leaves it to dbus-fast, which does not know systemd's place."""
    if not os.environ.get("DBUS_SESSION_BUS_ADDRESS"):
        place = Path(os.environ.get("XDG_RUNTIME_DIR") or "/nowhere") / "bus"
        if place.is_socket():
            return f"unix:path={place}"
    return None


async def ask(
    bus: MessageBus,
    member: str,
    signature: str = "",
    *body: object,
    name: str = DBUS,
    path: str = "/org/freedesktop/DBus",
    interface: str = DBUS,
) -> Any:  # noqa: ANN401  what comes back is the other program's affair
    """Call a method of a program on the bus, without starting it.

    Returns:
        The first value of its answer; None if it has none, refuses, or does not answer in time.
    """
    message = Message(
        destination=name,
        path=path,
        interface=interface,
        member=member,
        signature=signature,
        body=list(body),
        flags=MessageFlag.NO_AUTOSTART,
    )
    try:
        async with asyncio.timeout(SECONDS):
            answer = await bus.call(message)
    except (TimeoutError, EOFError, OSError):  # the last two: the connection ended
        return None
    if answer.message_type is not MessageType.METHOD_RETURN:
        return None
    return answer.body[0] if answer.body else None


async def names_on(bus: MessageBus, *, startable: bool = False) -> frozenset[str]:
    """The names on the bus.

    Args:
        bus: the connection.
        startable: with those of programs that the bus would start.
    """
    names = set(await ask(bus, "ListNames") or ())
    if startable:
        names.update(await ask(bus, "ListActivatableNames") or ())
    return frozenset(names)
