"""A slider in words shows less similarity than was searched with, and nothing hidden is touched."""

from __future__ import annotations

import re
import shutil
from contextlib import closing
from pathlib import Path

import pytest
from harness.axe import faults
from harness.commands import answered
from harness.folders import contents
from harness.gateway import running_gateway
from harness.instance import wait_until
from harness.photos import small_photo
from harness.searches import searched
from PIL import Image, ImageFilter
from playwright.sync_api import Page, expect

pytestmark = [pytest.mark.daemon("own"), pytest.mark.timeout(400)]

SCREENSHOTS = Path(__file__).parents[1] / "desktop" / "screenshots"


@pytest.fixture
def pictures(tmp_path) -> Path:
    """Copies that are equal, nearly equal and remotely alike, in three groups.

    The blurred one of the third group has a copy of its own.
    """
    folder = tmp_path / "Pictures"
    for number, photo in enumerate(("astronaut.png", "coffee.png", "chelsea.png")):
        path = small_photo(photo, folder / f"{number}.png", size=(400, 300))
        with Image.open(path) as opened:
            picture = opened.convert("RGB")
        if number == 0:
            shutil.copyfile(path, folder / "0 copy.png")
        if number < 2:
            picture.save(folder / f"{number} saved.jpg", quality=90)
        if number > 0:
            blurred = folder / f"{number} blurred.png"
            picture.filter(ImageFilter.GaussianBlur(3)).save(blurred)
    shutil.copyfile(folder / "2 blurred.png", folder / "2 blurred copy.png")
    return folder


@pytest.fixture
def job(instance, pictures) -> str:
    return searched(instance, pictures, "-s", "60")["job"]


@pytest.fixture
def listing(instance, job, page):
    """The list of all groups."""
    with running_gateway(instance, job) as running, closing(page):
        page.goto(running.listing)
        expect(page.locator("#list-count")).to_have_text("3 groups")
        expect(page.locator("#group .file").first).to_be_visible()
        yield page


def slide(page: Page, words: str) -> None:
    """Move the slider by keys until it says this."""
    step = page.locator("#step")
    step.focus()
    page.keyboard.press("Home")
    for _ in range(30):
        if page.locator("#step-words").inner_text() == words:
            break
        page.keyboard.press("ArrowRight")
    expect(step).to_have_attribute("aria-valuetext", words)


def names(page: Page) -> list[str]:
    """The names of the files of the group that is shown, without their keys."""
    return [re.sub(r"^\d", "", one) for one in page.locator("#group .file-name").all_inner_texts()]


def decisions(instance) -> dict[str, str | None]:
    return {
        file["path"].split("/")[-1]: file["decision"]
        for group in answered(instance, "show", "last")["groups"]
        for file in group["files"]
    }


def test_by_keyboard_files_leave_and_come_back_and_the_counts_follow(listing):
    page = listing
    expect(page.locator("#step-words")).to_have_text("as searched")
    slide(page, "equal")
    expect(page.locator("#list-count")).to_have_text("2 groups")
    expect(page.locator("#similarity-told")).to_have_text("2 of 3 groups shown.")
    expect(page.locator("#spoken")).to_contain_text("2 of 3 groups shown.")
    expect(page.locator("#chosen")).to_contain_text("2 files of 2 groups")
    expect(page.locator("#decided")).to_be_empty()
    expect(page.locator("#step")).to_be_focused()
    page.locator(".row", has_text="2 blurred.png").click()
    expect(page.locator("#group-title")).to_contain_text("Group 3 2 files")
    assert names(page) == ["2 blurred.png", "2 blurred copy.png"]
    expect(page.locator("#group .note")).to_contain_text("1 other file of this group is not shown")
    expect(page.locator("#ignore-button")).to_have_count(0)
    # The first of them stays: the one that it is only like is not here.
    expect(page.locator("#group .file").first).to_have_class(re.compile("stays"))
    slide(page, "nearly equal")
    page.keyboard.press("ArrowRight")
    expect(page.locator("#list-count")).to_have_text("3 groups")
    expect(page.locator("#decided")).to_contain_text("0 of 2 groups looked at")
    page.locator(".row", has_text="1.png").click()
    expect(page.locator("#group .file-name").first).to_contain_text("1.png")
    assert names(page) == ["1.png", "1 saved.jpg"]
    page.locator("#step").focus()
    page.keyboard.press("End")
    expect(page.locator("#step-words")).to_have_text("as searched")
    expect(page.locator("#decided")).to_contain_text("0 of 3 groups looked at")
    expect(page.locator("#similarity-told")).to_be_empty()
    page.locator(".row", has_text="2.png").click()
    expect(page.locator("#group .file")).to_have_count(3)
    expect(page.locator("#ignore-button")).to_be_visible()


def test_by_mouse_and_what_is_hidden_is_not_touched(listing, instance, pictures):
    page, before = listing, contents(pictures)
    page.locator(".row", has_text="1.png").click()
    blurred = page.locator("#group .file", has_text="1 blurred.png")
    blurred.get_by_role("radio", name="Goes").check()
    expect(page.locator("#chosen")).to_contain_text("3 files of 3 groups")
    box = page.locator("#step").bounding_box()
    page.mouse.click(box["x"] + 3, box["y"] + box["height"] / 2)
    expect(page.locator("#step-words")).to_have_text("equal")
    told = page.locator("#similarity-told")
    expect(told).to_contain_text("1 file that you chose to go is not shown, and left alone.")
    expect(page.locator("#chosen")).to_contain_text("2 files of 2 groups")
    # Neither does a rule for all groups touch it.
    page.get_by_role("button", name="Rules …").click()
    page.get_by_label("Everything stays").check()
    page.get_by_label("all groups", exact=True).check()
    expect(page.locator("#preview")).to_contain_text("2 decisions change")
    page.get_by_role("button", name="Cancel").click()
    page.get_by_role("button", name="Move to the trash …").click()
    page.get_by_role("button", name="Move 2 files to the trash").click()
    expect(page.get_by_role("heading", name="2 files moved to the trash")).to_be_visible()
    gone = set(before) - set(contents(pictures))
    assert gone == {"0 copy.png", "2 blurred copy.png"}
    page.get_by_role("button", name="Close").click()
    page.mouse.click(box["x"] + box["width"] - 3, box["y"] + box["height"] / 2)
    expect(page.locator("#step-words")).to_have_text("as searched")
    expect(page.locator("#chosen")).to_contain_text("1 file of 1 group")
    assert decisions(instance)["1 blurred.png"] == "goes"


def test_a_part_of_a_group_is_decided_and_that_is_taken_back(listing, instance):
    page, before = listing, decisions(instance)
    slide(page, "equal")
    page.locator(".row", has_text="2 blurred.png").click()
    expect(page.locator("#group-title")).to_contain_text("Group 3")
    page.get_by_role("button", name="All stay").click()
    expect(page.locator("#chosen")).to_contain_text("1 file of 1 group")
    # What was decided is the group's, as it is known to all: nothing of it goes.
    assert decisions(instance)["2 blurred copy.png"] == "stays"
    page.keyboard.press("l")
    expect(page.locator("#dialog-title")).to_contain_text("1 group undecided")
    page.keyboard.press("ArrowLeft")
    expect(page.locator("#dialog-title")).to_have_text("All is decided")
    page.keyboard.press("Escape")
    assert decisions(instance)["0 copy.png"] == "goes"
    assert decisions(instance)["0 saved.jpg"] == "stays", "what is not shown stays as it was"
    page.keyboard.press("u")
    wait_until(lambda: decisions(instance)["0 copy.png"] is None, 30)
    expect(page.locator("#said")).to_contain_text("1 group as before")
    page.keyboard.press("u")
    expect(page.get_by_role("button", name="Undo the last choice")).to_have_count(0)
    assert decisions(instance) == before


def test_the_summary_follows_by_finger_and_the_list_shows_the_same(instance, job, page):
    page.set_viewport_size({"width": 375, "height": 700})
    with running_gateway(instance, job) as running, closing(page):
        page.goto(running.address)
        expect(page.locator(".box.look")).to_contain_text("0 of 3 groups looked at")
        step = page.locator("#step")
        step.scroll_into_view_if_needed()
        box = step.bounding_box()
        y = box["y"] + box["height"] / 2
        finger = page.context.new_cdp_session(page)
        for kind, points in (
            ("touchStart", [box["x"] + box["width"] - 8]),
            ("touchMove", [box["x"] + box["width"] / 2]),
            ("touchMove", [box["x"] - 20]),
            ("touchEnd", []),
        ):
            finger.send(
                "Input.dispatchTouchEvent",
                {"type": kind, "touchPoints": [{"x": x, "y": y} for x in points]},
            )
        expect(page.locator("#step-words")).to_have_text("equal")
        expect(page.locator(".box.look")).to_contain_text("Nothing")
        expect(page.locator(".box.safe")).to_contain_text("2 files, ")
        page.get_by_role("link", name="All 2 groups in one list").click()
        expect(page.locator("#list-count")).to_have_text("2 groups")
        expect(page.locator("#step-words")).to_have_text("equal")
        page.reload()
        expect(page.locator("#list-count")).to_have_text("2 groups")
        page.get_by_role("link", name="← Summary").click()
        expect(page.locator(".box.look")).to_contain_text("Nothing")
        slide(page, "as searched")
        expect(page.locator(".box.look")).to_contain_text("0 of 3 groups looked at")
        expect(step).to_be_focused()


def test_edited_copies_have_a_tick_of_their_own(instance, tmp_path, page):
    folder = tmp_path / "Edited"
    path = small_photo("astronaut.png", folder / "whole.png", size=(512, 512))
    with Image.open(path) as picture:
        picture.convert("RGB").crop((60, 40, 400, 420)).save(folder / "crop.png")
    shutil.copyfile(small_photo("coffee.png", folder / "a.png"), folder / "b.png")
    job = searched(instance, folder, "-s", "edited")["job"]
    with running_gateway(instance, job) as running, closing(page):
        page.goto(running.listing)
        expect(page.locator("#list-count")).to_have_text("2 groups")
        page.get_by_label("and edited copies").uncheck()
        expect(page.locator("#list-count")).to_have_text("1 group")
        expect(page.locator("#step-words")).to_have_text("as searched")
        page.get_by_label("and edited copies").check()
        expect(page.locator("#list-count")).to_have_text("2 groups")
        slide(page, "equal")
        expect(page.locator("#list-count")).to_have_text("2 groups")


@pytest.mark.parametrize(("width", "scheme"), [(375, "light"), (1440, "dark"), (2560, "light")])
def test_it_is_accessible_and_fits(listing, width, scheme):
    page = listing
    page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
    page.set_viewport_size({"width": width, "height": 800})
    too_wide = "document.documentElement.scrollWidth > document.documentElement.clientWidth"
    if width < 800:
        page.locator("#back").click()
    slide(page, "equal")
    expect(page.locator("#similarity-told")).to_contain_text("2 of 3")
    expect(page.locator("#list-count")).to_have_text("2 groups")
    expect(page.locator("#trash")).to_have_text("Move to the trash …")
    SCREENSHOTS.mkdir(parents=True, exist_ok=True)
    page.screenshot(path=SCREENSHOTS / f"review-similarity-{width}-{scheme}.jpg")
    assert not faults(page)
    assert not page.evaluate(too_wide)
    page.get_by_role("link", name="← Summary").click()
    expect(page.locator(".box.safe")).to_contain_text("2 files, ")
    page.screenshot(path=SCREENSHOTS / f"review-similarity-sum-{width}-{scheme}.jpg")
    assert not faults(page)
    assert not page.evaluate(too_wide)
