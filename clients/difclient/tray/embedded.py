"""An icon for trays of X11 that embed a window: pystray's own, where GTK is not installed.

What it lacks is added: clicks arrive, the tray shows through it, and a tray that comes later gets
it, too. It has no menu; a click with any button opens the review page.
"""

from __future__ import annotations

import threading
from typing import Any

from pystray._xorg import Icon
from Xlib import X
from Xlib.error import XError

from difclient.tray.picture import laid_over


class EmbeddedIcon(Icon):  # type: ignore[misc]  # pystray has no types
    """The icon; it waits for a tray where none is."""

    def __init__(self, *arguments: Any) -> None:  # noqa: ANN401
        self._systray_manager: Any = None
        # pystray says that it is ready a moment before it sets this, and shows nothing then.
        self._thread = threading.current_thread()
        super().__init__(*arguments)
        self._manager = self._display.intern_atom("MANAGER")
        self._display.screen().root.change_attributes(event_mask=X.StructureNotifyMask)
        told = self._message_handlers[X.ClientMessage]

        def hear(event: Any) -> None:  # noqa: ANN401
            if event.client_type == self._manager:
                self._assert_docked()
            else:
                told(event)

        self._message_handlers[X.ClientMessage] = hear

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
        if self._systray_manager is None:
            self._dock_window()

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
