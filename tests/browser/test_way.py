"""The whole way in a real browser: search, look, decide, act, undo; by mouse and by keyboard."""

from __future__ import annotations

from contextlib import closing

import pytest
from harness.folders import contents
from harness.gateway import running_gateway
from playwright.sync_api import Page, expect

pytestmark = [
    pytest.mark.daemon("shared"),
    pytest.mark.timeout(300),
]

DIFFERENCE = """() => {
  const [one, other] = [...document.querySelectorAll("figure:not([hidden]) canvas")].map(
    (canvas) => canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height));
  if (one.width !== other.width || one.height !== other.height) return 999;
  let sum = 0;
  one.data.forEach((value, at) => { sum += Math.abs(value - other.data[at]); });
  return sum / one.data.length;
}"""
"""The mean difference of the two pictures that are compared, 0 to 255."""


def wait_for_pictures(page: Page, number: int) -> None:
    """Until so many files of the group show their picture."""
    expect(page.locator("#group .shot.has-picture")).to_have_count(number)
    sizes = page.eval_on_selector_all(
        "#group .shot img", "images => images.map(image => image.naturalWidth)"
    )
    assert all(sizes), sizes


@pytest.mark.daemon("own")
def test_by_mouse_from_the_first_folder_to_undo(gateway, photos, page):
    before = contents(photos)
    page.goto(gateway.address)
    page.get_by_label("Folders", exact=True).fill(f"{photos}/Space; {photos}/Backup 2019")
    page.get_by_text("Similar", exact=True).click()
    page.get_by_label("Only pictures of the same width").uncheck()
    page.get_by_role("button", name="Start the search").click()
    expect(page.get_by_role("heading", name="1 group of similar images")).to_be_visible(
        timeout=120_000
    )
    expect(page.locator(".box.safe")).to_contain_text("2 files, ")
    expect(page.locator(".box.look")).to_contain_text("Nothing")
    page.get_by_role("link", name="Look through them").click()
    wait_for_pictures(page, 3)
    expect(page.locator("#chosen")).to_contain_text("2 files of 1 group")
    page.locator("#group .file").nth(1).get_by_role("radio", name="Stays").check()
    expect(page.locator("#chosen")).to_contain_text("1 file of 1 group")
    page.locator("#group .file").nth(1).get_by_role("radio", name="Goes").check()
    expect(page.locator("#chosen")).to_contain_text("2 files of 1 group")
    page.get_by_role("button", name="Move to the trash …").click()
    page.get_by_role("dialog").get_by_role("button", name="Move 2 files to the trash").click()
    expect(page.get_by_role("heading", name="2 files moved to the trash")).to_be_visible()
    assert len(contents(photos)) == len(before) - 2
    page.get_by_role("button", name="Undo", exact=True).click()
    expect(page.get_by_role("heading", name="2 files brought back")).to_be_visible()
    assert contents(photos) == before
    page.get_by_role("button", name="Close").click()
    page.get_by_role("link", name="History").click()
    expect(page.get_by_text("Move 2 files to the trash")).to_be_visible()


@pytest.mark.daemon("own")
def test_by_keyboard_alone(review, photos):
    before = contents(photos)
    page = review
    page.locator("#list").focus()
    expect(page.locator("#group-title")).to_contain_text("3 files")
    page.keyboard.press("ArrowDown")
    expect(page.locator(".row[aria-selected=true]")).to_contain_text("IMG_2041.png")
    active = page.locator("#list").get_attribute("aria-activedescendant")
    assert active == page.locator(".row[aria-selected=true]").get_attribute("id")
    expect(page.locator("#group .file-name").first).to_contain_text("IMG_2041.png")
    page.keyboard.press("2")  # the JPEG, which is only similar
    expect(page.locator("#chosen")).to_contain_text("5 files")
    page.keyboard.press("1")  # the last one: it has to stay
    expect(page.locator("#said")).to_contain_text("One file of every group has to stay")
    expect(page.locator("#chosen")).to_contain_text("5 files")
    page.keyboard.press("p")
    expect(page.locator("#chosen")).to_contain_text("4 files")
    # The next group that nobody decided about takes its place.
    expect(page.locator("#group .file-name").first).to_contain_text("chelsea.png")
    page.keyboard.press("s")
    expect(page.locator("#chosen")).to_contain_text("3 files")
    expect(page.locator("#group .file-name").first).to_contain_text("launch.png")
    page.keyboard.press("u")
    expect(page.locator("#chosen")).to_contain_text("4 files")
    page.keyboard.press("k")
    expect(page.locator("#group .file-name").first).to_contain_text("chelsea.png")
    page.keyboard.press("s")
    expect(page.locator("#chosen")).to_contain_text("3 files")
    expect(page.locator("#group .file-name").first).to_contain_text("launch.png")
    page.keyboard.press("k")
    page.keyboard.press("k")
    expect(page.locator("#group .file-name").first).to_contain_text("IMG_2041.png")
    page.keyboard.press("n")
    expect(page.locator("#chosen")).to_contain_text("2 files")
    page.keyboard.press("?")
    expect(page.get_by_role("heading", name="Keys")).to_be_visible()
    page.keyboard.press("Escape")
    page.keyboard.press("t")
    expect(page.locator("#execute")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="2 files moved to the trash")).to_be_visible()
    assert len(contents(photos)) == len(before) - 2
    page.keyboard.press("Tab")
    expect(page.locator("#undo")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="2 files brought back")).to_be_visible()
    assert contents(photos) == before
    page.keyboard.press("Escape")
    page.keyboard.press("/")
    page.keyboard.type("launch")
    expect(page.locator("#list-count")).to_have_text("1 group")
    expect(page.locator("#group .file-name").first).to_contain_text("launch.png")


@pytest.mark.daemon("own")
def test_not_duplicates_and_they_are_are_taken_back_by_keys(review):
    page = review
    chosen, ignore = page.locator("#chosen"), page.locator("#ignore-button")
    expect(chosen).to_contain_text("4 files")
    page.keyboard.press("n")
    expect(ignore).to_have_text("They are duplicates")
    expect(chosen).to_contain_text("2 files")
    page.keyboard.press("u")
    expect(ignore).to_have_text("Not duplicates")
    expect(chosen).to_contain_text("4 files")
    page.keyboard.press("n")
    expect(chosen).to_contain_text("2 files")
    page.keyboard.press("n")
    expect(chosen).to_contain_text("4 files")
    page.keyboard.press("Control+z")
    expect(ignore).to_have_text("They are duplicates")
    expect(chosen).to_contain_text("2 files")
    page.reload()
    expect(chosen).to_contain_text("2 files")


def test_pictures_are_compared(review):
    page = review
    page.locator(".row", has_text="astronaut.png").click()
    page.get_by_role("button", name="Compare astronaut turned.png").click()
    drawn = page.locator("figure[data-ready]:visible")
    expect(drawn).to_have_count(2)
    page.locator("#stage").focus()
    page.keyboard.press("+")
    page.keyboard.press("ArrowLeft")
    moved = page.eval_on_selector_all(
        "figure:not([hidden]) canvas:not(.sharp)", "all => all.map(one => one.style.transform)"
    )
    assert moved[0] == moved[1]
    assert "scale(1.5" in moved[0]
    assert "translate(0px" not in moved[0]
    page.keyboard.press("0")
    expect(page.locator("#zoom")).to_have_text("100%")
    # Turned onto each other: as the match is by pixels, nothing but JPEG's noise is left.
    assert page.evaluate(DIFFERENCE) < 3, "the picture was turned the wrong way, or not at all"
    page.get_by_role("radio", name="Blink").check()
    left, right = page.locator("figure[data-side=left]"), page.locator("figure[data-side=right]")
    expect(left).to_be_visible()
    expect(right).to_be_hidden()
    page.locator("#stage").focus()
    page.keyboard.press("Space")
    expect(right).to_be_visible()
    expect(left).to_be_hidden()
    page.get_by_role("radio", name="Swipe").check()
    page.get_by_label("Boundary").fill("20")
    clip = right.locator(".pane").evaluate("pane => getComputedStyle(pane).clipPath")
    assert "20%" in clip
    page.get_by_role("radio", name="All").check()
    expect(page.locator("figure:visible")).to_have_count(3)
    for name, goes in {"astronaut turned.png": False, "astronaut.png": True}.items():
        box = page.locator(".compare-facts").get_by_role("checkbox", name=f"{name} goes").first
        # The answer puts a new box in its place before `set_checked` could look at the old one.
        if box.is_checked() != goes:
            box.click()
        expect(box).to_be_checked(checked=goes)
    expect(page.locator("#chosen")).to_contain_text("4 files")
    last = page.locator(".compare-facts").get_by_role("checkbox", name="astronaut turned.png goes")
    last.click()
    expect(page.get_by_text("One file of every group has to stay.")).to_be_visible()
    expect(last).not_to_be_checked()
    page.get_by_role("button", name="Close").click()
    expect(page.locator("#dialog")).to_be_hidden()
    page.locator("#group .file").nth(1).get_by_role("radio", name="Goes").click()
    expect(page.locator("#said")).to_have_text("One file of every group has to stay.")


@pytest.mark.daemon("own")
def test_a_folder_is_picked_and_a_setting_changed(instance, page):
    home = instance.root / "home"
    (home / "Folder ü & <i>;").mkdir(parents=True)
    with running_gateway(instance) as gateway, closing(page):
        page.goto(gateway.address)
        page.get_by_role("button", name="Pick a folder …").click()
        page.get_by_role("button", name="Folder ü & <i>;").click()
        expect(page.get_by_text("There are no folders in it.")).to_be_visible()
        page.get_by_role("button", name="Search this folder").click()
        expect(page.locator("#picked li")).to_have_count(1)
        page.get_by_role("button", name="Start the search").click()
        expect(page.get_by_role("heading", name="No pictures")).to_be_visible(timeout=120_000)
        page.get_by_role("button", name="Log").click()
        expect(page.get_by_role("dialog")).to_contain_text("Folder ü & <i>;")
        page.get_by_role("button", name="Close").click()
        page.get_by_role("link", name="New search").click()
        page.get_by_role("button", name="Start the search").click()
        expect(page.locator("#paths-wrong")).to_contain_text("Say which folders to search.")
        page.get_by_label("Folders", exact=True).fill("/nowhere/at all")
        page.get_by_role("button", name="Start the search").click()
        expect(page.locator("#paths-wrong")).to_contain_text("There is no such file or folder")
        page.get_by_role("link", name="Settings").click()
        page.get_by_text("For experts").click()
        page.locator("#set-search\\.px_size").fill("64")
        page.get_by_role("button", name="Save: Edge of the small square").click()
        expect(page.get_by_role("button", name="Default for: Edge of the small")).to_be_visible()
    assert "64" in instance.difctl("config", "get", "search.px_size").stdout
