"""Draw the contact sheets of the review page: each view in version 1.0 and now, light and dark.

PYTHONPATH=tests python docs/review_sheets.py [--before PYTHON] [--full FOLDER]

PYTHON is the interpreter of an environment in which difd 1.0.0 is installed, from a worktree of the
commit "Version 1.0.0"; without it that half stays empty. FOLDER gets every picture in full size.
"""

from __future__ import annotations

import argparse
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from io import BytesIO
from pathlib import Path
from typing import Final

from harness.household import household
from PIL import Image, ImageDraw, ImageFont
from playwright.sync_api import Browser, Page, sync_playwright

HERE: Final = Path(__file__).parent
FLAGS: Final = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-sync",
]
SIZES: Final = {375: (375, 760, 200), 1440: (1440, 900, 520), 2560: (2560, 1440, 520)}
"""By the width of a window: it, its height, and the width of its picture on the sheet."""
SCHEMES: Final = ("light", "dark")
VERSIONS: Final = {"1.0": "1.0.0", "now": "2.0"}
LINE: Final = 22
BURST: Final = 3
QUALITY: Final = 52

Shots = dict[tuple[str, str, int, str], Image.Image]
"""Pictures by version, view, width and scheme."""


def main() -> None:
    """Take all pictures, and lay them out."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--before")
    parser.add_argument("--full", type=Path)
    asked = parser.parse_args()
    shots: Shots = {}
    with tempfile.TemporaryDirectory(prefix="difd-") as root, sync_playwright() as play:
        program = shutil.which("chromium-headless-shell") or shutil.which("chromium")
        browser = play.chromium.launch(executable_path=program, args=FLAGS)
        photos = household(Path(root, "Pictures"))
        for version, python, views in (("1.0", asked.before, OLD), ("now", sys.executable, NEW)):
            if python is None:
                continue
            with opened(browser, python, Path(root, version), photos) as page:
                for view, width, scheme, shot in taken(page, views):
                    shots[version, view, width, scheme] = shot
                    if asked.full:
                        asked.full.mkdir(parents=True, exist_ok=True)
                        shot.save(asked.full / f"{view}-{width}-{scheme}-{version}.png")
        browser.close()
    for width in SIZES:
        sheet(shots, width).save(HERE / f"review_{width}.webp", quality=QUALITY, method=6)


@contextmanager
def opened(browser: Browser, python: str, place: Path, photos: Path) -> Iterator[Page]:
    """The page of a version with the result of a search; what was started for it is ended again."""
    environment = {name: value for name, value in os.environ.items() if "XDG" not in name}
    kinds = ("CONFIG_HOME", "CACHE_HOME", "STATE_HOME", "DATA_HOME", "RUNTIME_DIR")
    environment |= {f"XDG_{kind}": f"{place}/{kind}" for kind in kinds}
    for kind in kinds:
        (place / kind).mkdir(parents=True, mode=0o700)
    # As `difctl integrate install` has it: a page that ended can be opened again.
    table = place / "DATA_HOME" / "applications" / "mimeinfo.cache"
    table.parent.mkdir()
    table.write_text("[MIME Cache]\nx-scheme-handler/difd=difd.desktop;\n")
    difctl = [python, "-m", "difclient"]
    search = [*difctl, "search", str(photos), "-s", "similar", "--no-same-dim"]
    subprocess.run(search, env=environment, check=True, stdout=subprocess.DEVNULL)
    review = [*difctl, "review", "last", "--no-browser"]
    with subprocess.Popen(review, env=environment, stdout=subprocess.PIPE, text=True) as gateway:
        assert gateway.stdout is not None  # noqa: S101  it is a pipe
        page = browser.new_page(reduced_motion="reduce")
        try:
            page.set_default_timeout(60_000)
            page.goto(gateway.stdout.readline().strip())
            page.locator("#view h1").wait_for()
            yield page
        finally:
            page.close()
            gateway.terminate()
    subprocess.run([*difctl, "daemon", "stop"], env=environment, check=True)


View = Callable[[Page], None]


def taken(page: Page, views: Mapping[str, View]) -> Iterator[tuple[str, int, str, Image.Image]]:
    """Every view at every width, light and dark."""
    base, _, result = page.url.partition("#/")
    for width, (wide, high, _) in SIZES.items():
        page.set_viewport_size({"width": wide, "height": high})
        for view, show in views.items():
            page.context.set_offline(False)
            page.goto(f"{base}#/{PLACES.get(view, result)}")
            page.reload()
            show(page)
            for scheme in SCHEMES:
                page.emulate_media(color_scheme=scheme)
                page.wait_for_timeout(300)
                with Image.open(BytesIO(page.screenshot())) as shot:
                    yield view, width, scheme, shot.convert("RGB")


PLACES: Final = {"start": "", "settings": "settings", "history": "history"}


def shown(selector: str) -> View:
    """A view that is there as soon as a part of it is."""
    return lambda page: page.locator(selector).first.wait_for()


def group_of(page: Page) -> None:
    """The group of a photo that has copies, beside the list, or over it on a phone."""
    link = page.get_by_role("link", name=re.compile("in one list"))
    page.locator(".row, .boxes").first.wait_for()
    if link.count():
        link.click()
    page.locator(".row", has_text="IMG_1").click()
    page.locator("#group .shot.has-picture").first.wait_for()


def compared(page: Page) -> None:
    """Two of its files."""
    group_of(page)
    page.locator("#group .shot").nth(1).click()
    page.locator("figure[data-drawn]:visible").nth(1).wait_for()
    page.wait_for_timeout(900)


def looked_at(page: Page) -> None:
    """The same photo and one that is only alike, in the whole window."""
    group_of(page)
    page.keyboard.press("l")
    page.locator("figure[data-ready]").nth(1).wait_for()
    page.wait_for_timeout(900)


def burst(page: Page) -> None:
    """Three photos of one moment."""
    page.goto(f"{page.url}/look")
    page.locator(".row").first.wait_for()
    page.keyboard.press("l")
    page.locator("[data-look] figure").first.wait_for()
    while page.locator("[data-look] figure").count() < BURST:
        page.keyboard.press("s")
        page.wait_for_timeout(900)
    page.wait_for_timeout(900)


def pair(page: Page) -> None:
    """What one choice for two folders changes."""
    page.locator(".pair button").first.click()
    page.locator("#apply-pair").wait_for()


def ended(page: Page) -> None:
    """What is said when nobody answers any more."""
    page.locator("#view h1").wait_for()
    page.context.set_offline(True)
    page.get_by_role("link", name="History").click()
    page.locator("#trouble", has_text="ended").wait_for()


def pressed(button: str, there: str) -> View:
    """What a button over the list opens."""

    def show(page: Page) -> None:
        link = page.get_by_role("link", name=re.compile("in one list"))
        page.locator(".row, .boxes").first.wait_for()
        if link.count():
            link.click()
        page.locator(".row").first.wait_for()
        page.locator(button).click()
        page.locator(there).first.wait_for()

    return show


OLD: Final[dict[str, View]] = {
    "start": shown("#start"),
    "group": group_of,
    "compare": compared,
    "rules": pressed("#rules", "#preview p"),
    "plan": pressed("#trash", "#execute"),
    "settings": shown(".setting"),
    "history": shown("h1 + h2"),
    "ended": ended,
}
NEW: Final[dict[str, View]] = {
    "start": shown("#start"),
    "summary": shown(".pair"),
    "pair": pair,
    "group": group_of,
    "look": looked_at,
    "burst": burst,
    "compare": compared,
    "rules": pressed("#rules", "#preview p"),
    "plan": pressed("#trash", "#execute"),
    "settings": shown(".setting"),
    "history": shown("h1 + h2"),
    "ended": ended,
}


def sheet(shots: Shots, width: int) -> Image.Image:
    """All pictures of a width: a line for each view, a column for each version and scheme."""
    wide, high, across = SIZES[width]
    down = round(high * across / wide)
    columns = [(version, scheme) for version in VERSIONS for scheme in SCHEMES]
    laid = Image.new("RGB", (4 * (across + 8), LINE + len(NEW) * (down + LINE)), "#8a8f98")
    pen, font = ImageDraw.Draw(laid), ImageFont.load_default(14)
    for column, (version, scheme) in enumerate(columns):
        left = column * (across + 8) + 4
        pen.text((left, 3), f"{VERSIONS[version]}, {scheme}", "#000", font)
        for line, view in enumerate(NEW):
            top = LINE + line * (down + LINE)
            pen.text((left, top + 3), view, "#000", font)
            shot = shots.get((version, view, width, scheme))
            if shot is not None:
                small = shot.resize((across, down), Image.Resampling.LANCZOS)
                laid.paste(small, (left, top + LINE))
    return laid


if __name__ == "__main__":
    main()
