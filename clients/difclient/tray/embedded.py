"""An icon for trays of X11 that embed a window: pystray's own, where GTK is not installed.

What it lacks is added: clicks arrive, the tray shows through it, a tray that comes later gets it,
too, and other threads ask for changes without hanging it. It has no menu; a click with any button
opens the review page.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import Future
from functools import partial
from queue import SimpleQueue
from typing import Any

from pystray._xorg import Icon
from Xlib import X
from Xlib.display import Display
from Xlib.error import CatchError, XError
from Xlib.protocol.event import ClientMessage

from difclient.tray.picture import laid_over

Do = Callable[[], None]


class EmbeddedIcon(Icon):  # type: ignore[misc]  # pystray has no types
    """The icon; it waits for a tray where none is."""

    def __init__(self, *arguments: Any) -> None:  # noqa: ANN401
        self._systray_manager: Any = None
        self._thread = threading.current_thread()
        self._asked: SimpleQueue[tuple[Do, Future[None]]] = SimpleQueue()
        self._bell = _Bell()
        super().__init__(*arguments)
        self._manager = self._display.intern_atom("MANAGER")
        self._display.screen().root.change_attributes(event_mask=X.StructureNotifyMask)

    def _rewrite_implementation(self, *methods: Do) -> None:
        """Have the thread that shows the icon do what other threads ask for.

        pystray sends it a message over the connection that it waits at. python-xlib 0.33 cannot be
        used so: one thread that sends while another receives may go without waking those that wait
        to send. One icon in ten stopped for good, most often when it was to appear.
        """
        for method in methods:
            setattr(self, method.__name__, partial(self._have_done, method))
        self._message_handlers[X.ClientMessage] = self._on_message

    def _have_done(self, do: Do) -> None:
        if threading.current_thread() is self._thread:
            do()
            return
        done: Future[None] = Future()
        self._asked.put((do, done))
        self._bell.ring(self._window.id)
        done.result()

    def _on_message(self, event: Any) -> None:  # noqa: ANN401
        if event.client_type == self._manager:
            self._assert_docked()
        while not self._asked.empty():
            do, done = self._asked.get()
            try:
                do()
            except Exception as error:  # noqa: BLE001  it is for whoever asked
                done.set_exception(error)
            else:
                done.set_result(None)

    def _create_window(self) -> Any:  # noqa: ANN401
        window = super()._create_window()
        window.change_attributes(
            event_mask=X.ExposureMask | X.StructureNotifyMask | X.ButtonPressMask,
            background_pixmap=X.ParentRelative,
        )
        return window

    def _on_button_press(self, event: Any) -> None:  # noqa: ANN401
        """Without a menu, the buttons that would open it do what a click does."""
        if event.detail <= X.Button3:  # beyond are wheels
            self()

    def _assert_docked(self) -> None:
        """Move into the tray, if one is there, and once: asked twice, some trays show nothing."""
        while self._systray_manager is None:
            tray = self._get_systray_manager()
            if tray is None:
                return
            # Before it is asked: one that ends from now on is known to be gone.
            gone = CatchError(XError)
            tray.change_attributes(event_mask=X.StructureNotifyMask, onerror=gone)
            self._display.sync()
            if gone.get_error() is None:
                self._systray_manager = tray
                request = (self._SYSTEM_TRAY_REQUEST_DOCK, self._window.id)
                self._send_message(tray, self._net_system_tray_opcode, *request)
                self._display.flush()

    def _on_destroy_notify(self, event: Any) -> None:  # noqa: ANN401
        """The tray is gone; the next one says so when it comes."""
        if self._systray_manager is not None and event.window.id == self._systray_manager.id:
            self._systray_manager = None

    def _assert_icon_data(self, width: int, height: int) -> None:
        """Lay the picture over what the tray shows there; X11 knows no transparency."""
        self._window.clear_area(0, 0, width, height)
        try:
            behind = self._window.get_image(0, 0, width, height, X.ZPixmap, 0xFFFFFFFF).data
        except XError:
            behind = b""  # out of sight
        self._icon_data = laid_over(self._icon, (width, height), behind)


class _Bell:
    """Wakes the thread that waits for events of a window, by a connection of its own."""

    def __init__(self) -> None:
        self._display = Display()
        self._message = self._display.intern_atom("_DIFD_ASKED")
        self._lock = threading.Lock()

    def ring(self, window: int) -> None:
        """Send the window a message that says nothing."""
        with self._lock:
            self._display.send_event(
                self._display.create_resource_object("window", window),
                ClientMessage(window=window, client_type=self._message, data=(32, [0] * 5)),
            )
            self._display.sync()
