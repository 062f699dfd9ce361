"""What is pressed is in sight, one thing scrolls at a time, and no words contradict a choice."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

pytestmark = [pytest.mark.daemon("shared"), pytest.mark.timeout(300)]

SCROLLERS = """() => [...document.querySelectorAll("dialog[open], dialog[open] *")].filter((one) =>
  /auto|scroll/.test(getComputedStyle(one).overflowY) && one.scrollHeight > one.clientHeight + 1
).map((one) => one.id || one.className)"""


def is_in_sight(page: Page, selector: str) -> bool:
    box = page.locator(selector).bounding_box()
    return (
        box is not None
        and box["y"] >= 0
        and box["y"] + box["height"] <= page.viewport_size["height"]
    )


@pytest.mark.parametrize(("width", "height"), [(757, 600), (1440, 757), (375, 700)])
def test_a_dialog_scrolls_as_a_whole_and_its_buttons_stay_in_sight(review, width, height):
    page = review
    page.keyboard.press("r")
    page.get_by_label("Everything stays").check()
    expect(page.locator("#preview")).to_contain_text("decisions change")
    page.set_viewport_size({"width": width, "height": height})
    assert len(page.evaluate(SCROLLERS)) <= 1
    assert is_in_sight(page, "#dialog .buttons .main")
    page.keyboard.press("Escape")
    page.set_viewport_size({"width": 1360, "height": 850})
    page.keyboard.press("?")
    page.set_viewport_size({"width": width, "height": height})
    assert len(page.evaluate(SCROLLERS)) <= 1
    assert is_in_sight(page, "#keys .buttons .main")


def test_all_pictures_that_are_looked_at_are_in_sight(review):
    page = review
    page.locator(".row", has_text="astronaut.png").click()
    page.keyboard.press("l")
    expect(page.locator("figure[data-ready]")).to_have_count(3)
    for width, height in ((757, 600), (1440, 757), (375, 700), (2560, 1440)):
        page.set_viewport_size({"width": width, "height": height})
        assert page.evaluate(SCROLLERS) == []
        assert is_in_sight(page, "#look-done")
        stage = page.locator("#stage").bounding_box()
        for figure in page.locator("figure").all():
            box = figure.bounding_box()
            assert box["y"] + box["height"] <= stage["y"] + stage["height"] + 1
            assert box["height"] > 60


def test_on_a_wide_screen_the_files_of_a_group_take_all_of_the_width(review):
    page = review
    page.locator(".row", has_text="IMG_2041.png").click()
    expect(page.locator("#group .file-name").first).to_contain_text("IMG_2041.png")
    page.set_viewport_size({"width": 2560, "height": 1440})
    boxes = [one.bounding_box() for one in page.locator("#group .file").all()]
    assert len({box["y"] for box in boxes}) == 1
    group = page.locator("#group").bounding_box()
    assert group["x"] + group["width"] - (boxes[-1]["x"] + boxes[-1]["width"]) < 60


def test_a_reason_does_not_contradict_the_choice(review):
    page = review
    page.locator(".row", has_text="IMG_2041.png").click()
    files = page.locator("#group .file")
    expect(files.first.locator(".reason")).to_contain_text("It lies in an album")
    expect(page.locator("#group")).not_to_contain_text("Proposed otherwise")
    going = files.filter(has_text="IMG_2041 (copy).png")
    going.get_by_role("radio", name="Stays").check()
    expect(going.locator(".reason")).to_contain_text("Proposed otherwise: ")
    files.first.get_by_role("radio", name="Goes").check()
    expect(files.first.locator(".reason")).to_contain_text("Proposed otherwise: ")
