"""Take the pictures of the review page: a real search of real photos, in Debian's Chromium.

PYTHONPATH=tests python docs/review_pictures.py
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from io import BytesIO
from pathlib import Path

from harness.edited import edited_copies
from harness.photos import gallery
from PIL import Image
from playwright.sync_api import Page, sync_playwright

HERE = Path(__file__).parent
COMPARED = "() => !/^…?$/.test(document.querySelector('#places')?.textContent ?? '-')"
"""Whether what is said of the places that differ is there, where that is asked."""
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-sync"]


def main() -> None:
    """Search, open the page, take the pictures, and end what was started."""
    with tempfile.TemporaryDirectory(prefix="difd-") as root:
        environment = {name: value for name, value in os.environ.items() if "XDG" not in name}
        environment |= {
            f"XDG_{kind}_HOME": f"{root}/{kind}" for kind in ("CONFIG", "CACHE", "STATE", "DATA")
        }
        difctl = [sys.executable, "-m", "difclient"]
        for photos, options, take in (
            (holidays(Path(root, "Pictures")), ("similar", "--no-same-dim"), take_similar),
            (edited_copies(Path(root, "Photos")), ("edited",), take_edited),
        ):
            search = [*difctl, "search", str(photos), "-s", *options]
            subprocess.run(search, env=environment, check=True, stdout=subprocess.DEVNULL)
            review = [*difctl, "review", "last", "--no-browser"]
            with (
                subprocess.Popen(review, env=environment, stdout=subprocess.PIPE, text=True) as run,
                sync_playwright() as play,
            ):
                assert run.stdout is not None  # noqa: S101  it is a pipe
                program = shutil.which("chromium-headless-shell") or shutil.which("chromium")
                browser = play.chromium.launch(executable_path=program, args=FLAGS)
                page = browser.new_page(viewport={"width": 1280, "height": 860})
                address = run.stdout.readline().strip()
                take(page, address)
                browser.close()
                run.terminate()
        subprocess.run([*difctl, "daemon", "stop"], env=environment, check=True)


def holidays(folder: Path) -> Path:
    """Photos with copies of all kinds, two of them on a phone, too."""
    gallery(folder)
    phone = folder / "Phone backup" / "DCIM"
    phone.mkdir(parents=True)
    for name in ("IMG_2041.png", "launch.png"):
        shutil.copy2(folder / "Holiday" / name, phone / name)
    return folder


def take_similar(page: Page, address: str) -> None:
    """Take the pictures of a result in sum, of a group, and of two of its files compared."""
    page.goto(address)
    page.locator(".pair .has-picture").nth(1).wait_for()
    page.wait_for_timeout(500)
    save(page, "summary.png")
    page.get_by_role("link", name="in one list").click()
    page.locator(".row", has_text="IMG_2041").click()
    page.locator("#group .shot.has-picture").nth(2).wait_for()
    page.wait_for_timeout(1500)
    save(page, "review.png")
    page.keyboard.press("l")
    page.locator("figure[data-ready]").nth(1).wait_for()
    page.wait_for_timeout(500)
    save(page, "look.png")
    page.keyboard.press("Escape")
    page.emulate_media(color_scheme="dark")
    page.locator("#group .shot").nth(2).click()
    page.locator("figure[data-ready]").nth(1).wait_for()
    page.get_by_role("radio", name="Swipe").check()
    page.wait_for_timeout(500)
    save(page, "compare.png")


def take_edited(page: Page, address: str) -> None:
    """Take the pictures of edited copies that lie on the picture they come from."""
    page.goto(f"{address}/all")
    # Smaller, so that a photo takes no more room than it has to.
    page.set_viewport_size({"width": 960, "height": 760})
    for group, copy, mode in (
        ("coffee", "coffee crop", "Fade"),
        ("astronaut", "collage", "Swipe"),
        ("coffee", "coffee caption", "Difference"),
    ):
        if page.locator("#back").is_visible():
            page.locator("#back").click()
        page.locator(".row", has_text=f"{group}.jpg").click()
        page.get_by_role("button", name=f"Compare {copy}.jpg", exact=True).click()
        page.get_by_role("radio", name=mode).check()
        page.locator("figure[data-side=right][data-ready=laid]").wait_for()
        page.wait_for_timeout(500)
        save(page, f"edited_{mode.lower()}.png")
        page.get_by_role("button", name="Close").click()


def save(page: Page, name: str) -> None:
    """Write what the page shows, in 256 colours: a third of the bytes."""
    page.wait_for_function(COMPARED)
    with Image.open(BytesIO(page.screenshot())) as picture:
        picture.convert("RGB").quantize(256).save(HERE / name, optimize=True)


if __name__ == "__main__":
    main()
