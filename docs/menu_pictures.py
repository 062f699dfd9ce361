"""Take the pictures of entries in file managers and of the tray, on a screen that nobody sees.

PYTHONPATH=tests python docs/menu_pictures.py
"""

from __future__ import annotations

import os
import sys
import tempfile
import time
from pathlib import Path

from desktop.file_managers import FileManager, driven, labels
from desktop.screen import Desktop
from desktop.trays import EmbeddingTrayWithGtk
from harness.instance import Instance
from harness.menus import OURS
from harness.photos import album
from PIL import Image, ImageChops

from difshell.menu import ENTRIES, Selection

HERE = Path(__file__).parent
FOLDERS = ("2022 Alps", "2023 Sea", "2024 Garden", "Phone", "Scans", "Wedding")
SHOWN = {entry.label("en") for entry in ENTRIES if Selection.BACKGROUND in entry.selections}
DIFCTL = Path(sys.executable).with_name("difctl")
WHITE = (255, 255, 255)
CELL = (640, 600)
INSIDE = (173, 126)
"""Where the folder begins in Nemo: right of the places, and below the word to root."""

TRIES = 20
CSS = "popover > contents { box-shadow: none; margin: 0; border-radius: 0 }"
"""Shadows are black where nobody mixes colours."""


class OneSelected(Desktop):
    """The drivers of the tests select everything; here the first folder is enough."""

    def xdotool(self, *words: object) -> list[str]:
        """Move the pointer, press keys, find windows."""
        return super().xdotool(*("Home" if word == "ctrl+a" else word for word in words))


def main() -> None:
    """Open every file manager on some folders, take its menu, and put all of them together."""
    with tempfile.TemporaryDirectory(prefix="difd-") as place:
        root = Path(place)
        folders = {"RUNTIME_DIR": "run", "STATE_HOME": "state", "CACHE_HOME": "cache"}
        folders |= {"CONFIG_HOME": "config", "DATA_HOME": "data"}
        for name, folder in folders.items():
            (root / folder).mkdir(mode=0o700)
            os.environ[f"XDG_{name}"] = str(root / folder)
        os.environ["HOME"] = str(root / "home")
        (root / "config" / "gtk-4.0").mkdir()
        (root / "config" / "gtk-4.0" / "gtk.css").write_text(CSS)
        for folder in FOLDERS:
            (root / "home" / "Pictures" / folder).mkdir(parents=True)
        instance = Instance(root, dict(os.environ))
        try:
            pictures = [menu_of(name, instance) for name in OURS[:-2]]
            save(tray(instance), "tray.png")
        finally:
            instance.end()
    nemo = pictures[OURS.index("nemo")]
    save(nemo.crop((*INSIDE, nemo.width, nemo.height)), "menu.png")
    width, height = CELL
    sheet = Image.new("RGB", (3 * width, len(pictures) // 3 * height), WHITE)
    for number, picture in enumerate(pictures):
        picture.thumbnail((width - 20, height - 20))
        left, top = number % 3 * width, number // 3 * height
        sheet.paste(
            picture, (left + (width - picture.width) // 2, top + (height - picture.height) // 2)
        )
    save(sheet, "menus.png")


def menu_of(name: str, instance: Instance) -> Image.Image:
    """A file manager with its menu, as it shows on the screen."""
    desktop = OneSelected(instance, instance.root)
    try:
        whiten(desktop)
        desktop.run(DIFCTL, "integrate", "install", name)
        manager = driven(desktop, name)
        manager.open(instance.root / "home" / "Pictures")
        wait_for_entries(manager)
        picture = shown(desktop, name)
        manager.close()
    finally:
        desktop.close()
    return picture


def tray(instance: Instance) -> Image.Image:
    """The icon, and its menu with what was found last."""
    desktop = OneSelected(instance, instance.root)
    try:
        whiten(desktop)
        desktop.run(DIFCTL, "daemon", "start")
        icon = EmbeddingTrayWithGtk(desktop)
        icon.menu("difd has nothing to do")
        photos = album(instance.root / "home" / "Pictures" / "Holiday 2026")
        desktop.run(DIFCTL, "search", photos)
        icon.desktop.xdotool("key", "Escape")
        icon.choose("Recent searches")
        time.sleep(1)
        picture = shown(desktop, "tray")
        desktop.end(icon.process)
    finally:
        desktop.close()
    return picture


def whiten(desktop: Desktop) -> None:
    """Make the screen white, so that it can be cut off."""
    desktop.run("display", "-window", "root", f"xc:rgb{WHITE}")


def shown(desktop: Desktop, name: str) -> Image.Image:
    """What is on the white screen."""
    with Image.open(desktop.picture(name)) as screen:
        picture = screen.convert("RGB")
    blank = Image.new("RGB", picture.size, WHITE)
    return picture.crop(ImageChops.difference(picture, blank).getbbox())


def wait_for_entries(manager: FileManager) -> None:
    """Open the menu until it shows what it has to; a file manager takes a while to be ready."""
    for _ in range(TRIES):
        items = manager.menu(background=False)
        found = labels(items, sorted(SHOWN))
        # Nothing can be cut where nothing is selected.
        if found.keys() == SHOWN and any(item.startswith("Cut") for item in items):
            return
        manager.leave_menu()
        time.sleep(1)
    raise SystemExit(f"{manager.name} shows {sorted(found)} only")


def save(picture: Image.Image, name: str) -> None:
    """Write a picture in 256 colours: a third of the bytes."""
    picture.quantize(256).save(HERE / name, optimize=True)


if __name__ == "__main__":
    main()
