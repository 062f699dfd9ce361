"""The icon itself, its tooltip and its menu, by pystray."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from difclient.client import Client
from difclient.follower import tell_failure
from difclient.language.catalogue import _, speaking
from difclient.tray import backend, login
from difclient.tray.feed import Feed
from difclient.tray.model import Entry, State, TrayModel
from difclient.tray.news import Teller
from difclient.tray.picture import picture_of
from difd.protocol.endpoint import user_endpoint
from difd.protocol.errors import DifdError, UsageError
from difd.system import desktop, interpreter
from difd.system.processes import start_beside

Do = Callable[[], None]


class Tray:
    """The tray icon of this session.

    Raises:
        UsageError: no tray works here.
    """

    def __init__(self) -> None:
        self._backend = backend.load()
        self._model = TrayModel()
        self._teller = Teller(self._review, lambda: self._model.language)
        self._feed = Feed(self._model, self._refresh, self._teller.tell)
        self._pictures: dict[State, Any] = {}
        self._shown: State | None = None
        self._quitting = False
        self._lines: tuple[object, ...] = ()
        self._icon: Any = self._backend.icon(
            "difd", self._picture("down"), "difd", self._backend.menu(self._items)
        )

    def run(self) -> None:
        """Show it until the user quits."""

        def begin(icon: Any) -> None:  # noqa: ANN401  pystray has no types
            icon.visible = True
            self._feed.start()
            self._teller.start()

        try:
            self._icon.run(begin)
        except Exception:
            # On its way out pystray takes notifications back, also where nothing shows any.
            if not self._quitting:
                raise

    def _items(self) -> list[Any]:
        with speaking(self._model.language):
            return list(self._lines_of_menu())

    def _lines_of_menu(self) -> Iterator[Any]:
        item, menu = self._backend.item, self._backend.menu
        with self._feed.lock:
            paused, connected = self._model.paused, self._model.connected
            tooltip, recent, watched = self._model.tooltip, self._model.recent, self._model.watched
        yield item(tooltip, None, enabled=False)
        yield menu.SEPARATOR
        yield item(_("New search…"), self._calls(self._review), default=True)
        yield item(_("Recent searches"), self._submenu(recent, self._review, _("No search yet")))
        yield item(
            _("Watched folders"),
            self._submenu(watched, lambda folder: _open(Path(folder)), _("None yet")),
        )
        yield menu.SEPARATOR
        yield item(
            _("Pause"),
            self._calls(lambda: self._pause(paused=not paused)),
            checked=lambda _: paused,
            enabled=connected,
        )
        yield item(_("Settings"), self._calls(lambda: _start("review", "--settings")))
        if login.is_possible():
            switch = self._calls(self._switch_login)
            yield item(_("Start at login"), switch, checked=lambda _: login.is_enabled())
        yield item(_("Log"), self._calls(lambda: _open(user_endpoint().log)))
        yield menu.SEPARATOR
        yield item(_("Quit"), self._calls(self._quit))

    def _submenu(self, entries: list[Entry], do: Callable[[str], None], none: str) -> Any:  # noqa: ANN401
        item, menu = self._backend.item, self._backend.menu
        if not entries:
            return menu(item(none, None, enabled=False))
        return menu(*(item(entry.text, self._calls(do, entry.reference)) for entry in entries))

    def _calls(self, do: Callable[..., None], *arguments: str) -> Callable[[Any, Any], None]:
        """A menu's action; what goes wrong is told, for nobody sees our standard error."""

        def act(_icon: Any, _item: Any) -> None:  # noqa: ANN401
            try:
                with speaking(self._model.language):
                    do(*arguments)
            except DifdError as error:
                self._tell(error)
            except OSError as error:
                self._tell(UsageError(f"{error.strerror or error}."))
            if not self._quitting:
                self._refresh()

        return act

    def _refresh(self) -> None:
        with self._feed.lock, speaking(self._model.language):
            state, tooltip = self._model.state, self._model.tooltip
            lines = (
                self._model.language,
                state,
                tooltip,
                *self._model.recent,
                *self._model.watched,
            )
        if state != self._shown:
            self._shown = state
            self._icon.icon = self._picture(state)
            # Panels may point at it; pystray has no use for it.
            self._icon.attention = state == "attention"
        if lines != self._lines:
            self._lines = lines
            self._icon.title = tooltip
            self._icon.update_menu()

    def _picture(self, state: State) -> Any:  # noqa: ANN401
        if state not in self._pictures:
            self._pictures[state] = picture_of(state)
        return self._pictures[state]

    def _review(self, job: str | None = None) -> None:
        with self._feed.lock:
            self._model.see()
        _start("review", *([job] if job else []))

    def _pause(self, *, paused: bool) -> None:
        with Client(start=False, here=True) as client:
            client.pause(paused=paused)
        with self._feed.lock:
            self._model.paused = paused

    def _tell(self, error: DifdError) -> None:
        """Tell what went wrong, beside the thread that shows the icon."""

        def tell() -> None:
            with speaking(self._model.language):
                tell_failure(error)

        threading.Thread(target=tell, name="failure", daemon=True).start()

    def _quit(self) -> None:
        self._quitting = True
        self._icon.stop()

    def _switch_login(self) -> None:
        if login.is_enabled():
            login.disable()
        else:
            login.enable()


def _open(path: Path) -> None:
    """Show a file or folder with the program that the desktop has for it.

    Raises:
        UsageError: it is not there.
        OSError: nothing opens it.
    """
    if not path.exists():
        raise UsageError(_("This is not there at the moment."), path=os.fsencode(path))
    desktop.open_file(os.fsencode(path))


def _start(*words: str) -> None:
    """Start a command of difctl that outlives us and is not waited for.

    Whatever folder we were started in, no module is taken from there.
    """
    start_beside([*interpreter.COMMAND, "-m", "difclient", *words])
