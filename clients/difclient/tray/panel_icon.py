"""The icon in panels that ask for it by D-Bus (StatusNotifierItem), without GTK and without X11.

It stands in for pystray's `Icon`, of which the tray uses little: none of pystray's speaks this
without GTK.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable, Coroutine
from typing import Any, Final

from dbus_fast import Message, MessageType
from dbus_fast.aio import MessageBus

from difclient.session_bus import DBUS, ask, names_on, session_bus
from difclient.tray.hosts import WATCHER, WATCHER_PATH
from difclient.tray.item_menu import ItemMenu
from difclient.tray.status_item import StatusItem
from difd.protocol.errors import UsageError

_PATH: Final = "/StatusNotifierItem"
_MENU_PATH: Final = "/StatusNotifierItem/Menu"

_FILES_ONLY: Final = frozenset(
    {"org.ayatana.indicator.application", "com.canonical.indicator.application"}
)
"""These panels take no pictures by D-Bus, only names of files; Qt makes the same exception."""

_AGAIN_SECONDS: Final = 1.0

_DROPPED: Final = "StatusNotifierItemUnregistered"

_HEARD: Final = (
    f"type='signal',sender='{DBUS}',member='NameOwnerChanged',arg0='{WATCHER}'",
    f"type='signal',sender='{WATCHER}',member='{_DROPPED}'",
)


class PanelIcon:
    """An icon with a tooltip and a menu; whatever is set before and while it runs is shown.

    Args:
        name: of the program.
        icon: a picture, RGBA.
        title: what the tooltip says.
        menu: of pystray; its default item is what a click on the icon does.
    """

    def __init__(self, name: str, icon: Any, title: str, menu: Any) -> None:  # noqa: ANN401
        self._bus_name = f"org.kde.StatusNotifierItem-{os.getpid()}-1"
        self._menu = ItemMenu(menu, menu.SEPARATOR, self._act)
        self._item = StatusItem(name, title, icon, _MENU_PATH, lambda: self._act(menu))
        self._loop: asyncio.AbstractEventLoop | None = None
        self._over = asyncio.Event()
        self._tasks: set[asyncio.Task[None]] = set()

    def run(self, begun: Callable[[PanelIcon], None]) -> None:
        """Show it until it is stopped, or the session ends; `begun` is called once it is there.

        Raises:
            UsageError: no session bus answers.
        """
        asyncio.run(self._run(begun))

    def stop(self) -> None:
        """Take it away; like all that follows, from any thread."""
        self._soon(self._over.set)

    def update_menu(self) -> None:
        """Read the menu again."""
        self._soon(self._menu.renew)

    @property
    def icon(self) -> Any:  # noqa: ANN401
        """The picture."""
        return self._item.icon

    @icon.setter
    def icon(self, icon: Any) -> None:  # noqa: ANN401
        self._soon(self._item.show, icon)

    @property
    def title(self) -> str:
        """What the tooltip says."""
        return self._item.words

    @title.setter
    def title(self, title: str) -> None:
        self._soon(self._item.say, title)

    @property
    def attention(self) -> bool:
        """Whether somebody should look."""
        return self._item.attention

    @attention.setter
    def attention(self, wanted: bool) -> None:
        self._soon(self._item.call, wanted)

    def _soon(self, do: Callable[..., object], *arguments: object) -> None:
        if self._loop is None:
            do(*arguments)
        elif not self._loop.is_closed():
            self._loop.call_soon_threadsafe(do, *arguments)

    async def _run(self, begun: Callable[[PanelIcon], None]) -> None:
        """Stay on the bus: dbus-fast leaves it when a panel is slow to read; its end is ours."""
        self._loop = asyncio.get_running_loop()
        self._menu.renew()
        async with session_bus() as bus:
            await self._serve(bus, begun)
        while not self._over.is_set():
            await asyncio.sleep(_AGAIN_SECONDS)
            try:
                async with session_bus() as bus:
                    await self._serve(bus, lambda _icon: None)
            except UsageError:
                break  # the session is over
        self._item.forget_files()

    async def _serve(self, bus: MessageBus, begun: Callable[[PanelIcon], None]) -> None:
        """Show the icon until it is stopped or the connection ends."""
        bus.export(_PATH, self._item)
        bus.export(_MENU_PATH, self._menu)
        await bus.request_name(self._bus_name)
        bus.add_message_handler(lambda message: self._hear(bus, message))
        for rule in _HEARD:
            await ask(bus, "AddMatch", "s", rule)
        await self._register(bus)
        begun(self)
        stopped = asyncio.ensure_future(self._over.wait())
        ended = asyncio.shield(bus.wait_for_disconnect())  # type: ignore[no-untyped-call]
        await asyncio.wait((stopped, ended), return_when=asyncio.FIRST_COMPLETED)
        for future in (stopped, ended):
            future.cancel()
        await asyncio.gather(stopped, ended, *self._tasks, return_exceptions=True)

    def _hear(self, bus: MessageBus, message: Message) -> None:
        """Another panel, or the same one after a crash, knows nothing of us; or it dropped us."""
        if message.message_type is not MessageType.SIGNAL:
            return
        if message.sender == DBUS and message.member == "NameOwnerChanged":
            name, _before, owner = message.body
            if name == WATCHER and owner:
                self._begin(self._register(bus))
        elif message.member == _DROPPED and str(*message.body[:1]).startswith(self._bus_name):
            self._begin(self._register_again(bus))

    async def _register_again(self, bus: MessageBus) -> None:
        """GNOME's extension AppIndicator drops some icons while the desktop starts."""
        await asyncio.sleep(_AGAIN_SECONDS)
        if not self._over.is_set():
            await self._register(bus)

    async def _register(self, bus: MessageBus) -> None:
        self._item.name_files(bool(_FILES_ONLY & await names_on(bus)))
        await ask(
            bus,
            "RegisterStatusNotifierItem",
            "s",
            self._bus_name,
            name=WATCHER,
            path=WATCHER_PATH,
            interface=WATCHER,
        )

    def _act(self, item: Any) -> None:  # noqa: ANN401  an item or the whole menu of pystray
        """Do what was clicked, beside the loop: it may ask the daemon."""

        async def act() -> None:
            await asyncio.to_thread(item, self)
            self._menu.renew()

        self._begin(act())

    def _begin(self, what: Coroutine[Any, Any, None]) -> None:
        task = asyncio.ensure_future(what)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
