"""What goes wrong meanwhile, and names that nobody expects: shown rightly, and nothing is lost."""

from __future__ import annotations

import fcntl
import os
import shutil
import signal
from contextlib import closing
from pathlib import Path

import pytest
from harness.folders import contents
from harness.gateway import running_gateway
from harness.photos import small_photo
from harness.searches import searched
from playwright.sync_api import expect

from browser.test_look import alike, decided, drawn

PROGRAM = shutil.which("chromium-headless-shell") or shutil.which("chromium")

pytestmark = [pytest.mark.daemon("own"), pytest.mark.timeout(400)]

PHOTOS = ("coffee.png", "chelsea.png", "rocket.jpg")
ALBUM, COPY = "Rome\n2019 \N{BIRTHDAY CAKE}", "Phone\n<b>\N{SMILING FACE WITH SUNGLASSES}"
ALBUM_SHOWN, COPY_SHOWN = (name.replace("\n", "\\n") for name in (ALBUM, COPY))


def two_folders(folder: Path) -> Path:
    """The same pictures in two folders whose names hold new lines, emoji and markup."""
    for photo in PHOTOS:
        path = small_photo(photo, folder / ALBUM / photo)
        copy = folder / COPY / photo
        copy.parent.mkdir(exist_ok=True)
        copy.write_bytes(path.read_bytes())
    return folder


def test_folders_with_new_lines_and_emoji_are_a_pair_like_others(instance, tmp_path, page):
    folder = two_folders(tmp_path / "Pictures")
    job = searched(instance, folder)["job"]
    before = contents(folder)
    with running_gateway(instance, job) as running, closing(page):
        page.goto(running.address)
        pair = page.locator(".pair")
        expect(pair).to_contain_text(ALBUM_SHOWN)
        expect(pair).to_contain_text(COPY_SHOWN)
        expect(pair.locator("b")).to_have_count(0)
        pair.get_by_role("button", name=f"Keep them in {COPY_SHOWN}").click()
        expect(page.locator("#dialog-title")).to_have_text(f"Keep them in {COPY_SHOWN}?")
        page.locator("#apply-pair").click()
        expect(page.locator("#said")).to_contain_text("3 groups decided.")
        # They are not what the search would take, and can be taken from the sum all the same.
        page.locator("#trash-chosen").click()
        page.locator("#execute").click()
        expect(page.get_by_role("heading", name="3 files moved to the trash")).to_be_visible()
        left = contents(folder)
        assert {path.parent.name for path in map(Path, map(os.fsdecode, left))} == {COPY}
        page.get_by_role("button", name="Undo").click()
        expect(page.get_by_role("heading", name="3 files brought back")).to_be_visible()
    assert contents(folder) == before


def test_what_changed_since_the_search_is_held_back_and_said(instance, tmp_path, page):
    folder = two_folders(tmp_path / "Pictures")
    job = searched(instance, folder)["job"]
    (folder / COPY / PHOTOS[0]).write_bytes((folder / COPY / PHOTOS[1]).read_bytes())
    with running_gateway(instance, job) as running, closing(page):
        page.goto(running.address)
        page.get_by_role("button", name="Move all 3 to the trash").click()
        expect(page.locator("#dialog h2")).to_have_text("Move 2 files to the trash?")
        expect(page.locator("#dialog")).to_contain_text("1 file held back: It has changed since")


def test_what_others_hold_stays_and_is_said(instance, tmp_path, page):
    folder = two_folders(tmp_path / "Pictures")
    job = searched(instance, folder)["job"]
    before = contents(folder)
    written, locked, free = (folder / COPY / photo for photo in PHOTOS)
    with (
        running_gateway(instance, job) as running,
        closing(page),
        written.open("r+b"),
        locked.open("rb") as held,
    ):
        fcntl.flock(held, fcntl.LOCK_EX)
        page.goto(running.address)
        page.get_by_role("button", name="Move all 3 to the trash").click()
        page.locator("#execute").click()
        expect(page.get_by_role("heading", name="1 file moved to the trash")).to_be_visible()
        said = page.locator("#dialog")
        expect(said).to_contain_text("2 files were left as they were.")
        expect(said).to_contain_text("Another program is writing to it.")
        expect(said).to_contain_text("Another program has locked it; try again later.")
    assert before.keys() - contents(folder).keys() == {str(free.relative_to(folder))}


def test_a_daemon_that_dies_in_the_middle_of_a_choice_loses_nothing(instance, tmp_path, page):
    job = searched(instance, alike(tmp_path / "Pictures", 2), "-s", "similar")["job"]
    with running_gateway(instance, job) as running, closing(page):
        page.goto(f"{running.address}/look")
        expect(page.locator("#list-count")).to_have_text("2 groups")
        page.keyboard.press("l")
        drawn(page)
        expect(page.locator("[data-look][data-made]")).to_be_visible()
        for daemon in instance.daemons():
            os.kill(daemon, signal.SIGKILL)
        page.keyboard.press("ArrowLeft")
        heading = page.locator("#dialog-title")
        # Either the next daemon has it, or it is said, and the group is there again.
        page.wait_for_function(
            """() => document.querySelector("#dialog-title").textContent.includes("1 of 2")
              || document.querySelector("#trouble").textContent"""
        )
        if "1 of 2" not in heading.inner_text():
            expect(page.locator("[data-look='0']")).to_be_visible()
            drawn(page)
            page.keyboard.press("ArrowLeft")
            expect(heading).to_contain_text("1 of 2 looked at")
    assert sorted(map(str, decided(instance).values())) == ["goes", "stays"]


def test_without_javascript_the_page_says_what_it_needs(instance, chromium):
    # Of a browser that has none; one that is only told to run none shows no `noscript`.
    options = ["--no-sandbox", "--disable-gpu", "--blink-settings=scriptEnabled=false"]
    browser = chromium.browser_type.launch(executable_path=PROGRAM, args=options)
    with running_gateway(instance) as running, closing(browser):
        page = browser.new_page()
        page.goto(running.address)
        needs = page.locator("noscript p")  # whose text is no text to `get_by_text`
        expect(needs).to_be_visible()
        expect(needs).to_contain_text("The review page needs JavaScript")
