"""How each file manager is driven: open a folder, open a menu, read it, click an entry.

Most tell a screen reader their menus. Nautilus tells places relative to a window; Dolphin tells
nothing of its menu, which is read from the picture of it.
"""

from __future__ import annotations

import difflib
import subprocess
import time
from pathlib import Path

from harness.instance import wait_until

from desktop.screen import Desktop

PATIENCE_SECONDS = 90
"""How long a file manager may take to show something, on a machine that is busy."""

_CLICKS = 3
_CLOSED_SECONDS = 3.0
"""How often an entry is clicked whose menu stays open, and how long that takes to be seen."""


class FileManager:
    """One that tells a screen reader all about its menus, and opens them by keyboard, too."""

    any_bytes = True

    def __init__(self, desktop: Desktop, name: str, *options: str) -> None:
        self.desktop, self.name, self._options = desktop, name, options
        self._process: subprocess.Popen[bytes] | None = None
        self._window = ""

    def open(self, folder: Path) -> None:
        """Open a folder in a new process, and wait for its window."""
        self._process = self.desktop.start(self.name, *self._options, folder)
        wait_until(self._windows, PATIENCE_SECONDS, step_max=0.25)
        self._window = self._windows()[-1]
        self._activate()

    def close(self) -> None:
        """Be done with a folder."""
        self.end()

    def end(self) -> None:
        """End the process, if one runs."""
        if self._process is None:
            return
        self.desktop.end(self._process)
        self._process = None
        wait_until(lambda: not self._windows(), PATIENCE_SECONDS, step_max=0.25)

    def menu(self, *, background: bool) -> dict[str, tuple[int, int]]:
        """Open the menu on everything in the folder, or on its background.

        Returns:
            Where to click, by label; empty if it did not open for what was meant.
        """
        self.desktop.xdotool("key", "Escape")
        if not background:
            self.desktop.xdotool("key", "ctrl+a")
        self.desktop.xdotool("key", "shift+F10")
        time.sleep(0.5)
        return self._items()

    def submenu(self) -> dict[str, tuple[int, int]]:
        """Where to click in menus that are open."""
        return self._items()

    def leave_menu(self) -> None:
        """Close the menu."""
        self.desktop.xdotool("key", "Escape")
        time.sleep(0.2)

    def choose(self, place: tuple[int, int]) -> None:
        """Click an entry of the menu; once more where a notification that came took the click."""
        for _ in range(_CLICKS):
            self.desktop.click(place)
            deadline = time.monotonic() + _CLOSED_SECONDS
            while time.monotonic() < deadline:
                if not self._popups():
                    return
                time.sleep(0.1)

    def _items(self) -> dict[str, tuple[int, int]]:
        if not self._popups():
            return {}
        widgets = self.desktop.widgets("menu item", "menu")
        return {widget.name: widget.middle for widget in widgets if widget.width > 1}

    def _popups(self) -> list[str]:
        return [window for window in self._windows() if window != self._window]

    def _windows(self) -> list[str]:
        return self.desktop.windows(self.name)

    def _activate(self) -> None:
        self.desktop.xdotool("windowactivate", "--sync", self._window)


class PCManFM(FileManager):
    """The menu of a folder's background opens by a click only."""

    def menu(self, *, background: bool) -> dict[str, tuple[int, int]]:
        if not background:
            return super().menu(background=False)
        left, top = self.desktop.origin(self._window)
        self.desktop.click((left + 450, top + 350), 3)
        time.sleep(0.5)
        return self._items()


class Nautilus(FileManager):
    """GTK 4: places are relative to the window, and menus open by a click only."""

    def menu(self, *, background: bool) -> dict[str, tuple[int, int]]:
        self.desktop.xdotool("key", "Escape")
        left, top = self.desktop.origin(self._window)
        if background:
            self.desktop.click((left + 600, top + 480), 3)
        else:
            cells = [cell for cell in self.desktop.widgets("table cell") if cell.width > 20]
            if not cells:
                return {}
            x, y = cells[0].middle
            self.desktop.click((left + x, top + y))
            self.desktop.xdotool("key", "ctrl+a")
            self.desktop.click((left + x, top + y), 3)
        time.sleep(1)
        return self._items()

    def _items(self) -> dict[str, tuple[int, int]]:
        widgets = self.desktop.widgets("menu item", "menu")
        menus = [widget for widget in widgets if widget.name == "GtkPopoverMenu"]
        popups = self._popups()
        if not menus or not popups:
            return {}
        left, top = self.desktop.origin(popups[-1])
        return {
            widget.name: (
                left + widget.middle[0] - menus[-1].x,
                top + widget.middle[1] - menus[-1].y,
            )
            for widget in widgets
            if widget.role == "menu item"
        }


class Dolphin(FileManager):
    """Qt: it knows names in UTF-8 only, and its menu is read from a picture.

    Starting it takes longer than all else, so one process shows every folder, in tabs.
    """

    any_bytes = False

    def open(self, folder: Path) -> None:
        if self._process is None:
            settings = self.desktop.instance.root / "config" / "dolphinrc"
            if not settings.exists():
                settings.write_text("[General]\nOpenExternallyCalledFolderInNewTab=true\n")
            super().open(folder)
            return
        # It ends when the one that runs has taken the folder.
        assert self.desktop.start(self.name, folder).wait(PATIENCE_SECONDS) == 0
        self._activate()

    def close(self) -> None:
        pass

    def menu(self, *, background: bool) -> dict[str, tuple[int, int]]:
        cells = [cell for cell in self.desktop.widgets("table cell") if cell.width > 20]
        if not cells:
            return {}
        if background:
            left, top = self.desktop.origin(self._window)
            self.desktop.click((left + 700, top + 480), 3)
        else:
            self.desktop.click(cells[0].middle)
            self.desktop.xdotool("key", "ctrl+a")
            self.desktop.click(cells[0].middle, 3)
        wait_until(self._popups, PATIENCE_SECONDS, step_max=0.25)
        time.sleep(0.5)
        return self._items()

    def leave_menu(self) -> None:
        # Without a menu, Escape ends the loading of the folder.
        if self._popups():
            super().leave_menu()

    def _items(self) -> dict[str, tuple[int, int]]:
        return self.desktop.read(self._popups()[-1])


def labels(items: dict[str, tuple[int, int]], known: list[str]) -> dict[str, tuple[int, int]]:
    """The entries among some known labels; letters that were misread are allowed for."""
    found = {}
    for item, place in items.items():
        (near,) = difflib.get_close_matches(item, known, 1, 0.85) or [None]
        if near is not None:
            found[near] = place
    return found


def driven(desktop: Desktop, name: str) -> FileManager:
    """The driver of a file manager."""
    kinds = {"nautilus": Nautilus, "pcmanfm": PCManFM, "dolphin": Dolphin}
    options = {"caja": ("--no-desktop",)}
    return kinds.get(name, FileManager)(desktop, name, *options.get(name, ()))
