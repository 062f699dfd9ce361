"""What files say about themselves, side by side, and the rule that goes by it."""

from __future__ import annotations

import pytest
from harness.axe import faults
from playwright.sync_api import Page, expect

NONE = "\N{EN DASH}"

pytestmark = [pytest.mark.daemon("shared"), pytest.mark.timeout(300)]


def told(page: Page, label: str) -> list[str]:
    """The cells of a row that are shown."""
    row = page.locator(".compare-facts tr", has=page.get_by_role("rowheader", name=label))
    return [text.strip() for text in row.locator("td:visible").all_text_contents()]


@pytest.fixture
def compared(review) -> Page:
    """A photo and the same saved again by another program."""
    review.locator(".row", has_text="IMG_2041.png").click()
    review.get_by_role("button", name="Compare coffee.jpg").click()
    expect(review.get_by_role("rowheader", name="Camera")).to_be_visible()
    return review


def test_metadata_stands_side_by_side_and_what_differs_is_marked(compared):
    page = compared
    assert told(page, "Camera") == ["Canon EOS R5"] * 2
    assert told(page, "Taken") == ["2019-06-03 14:22:07.12 +02:00"] * 2
    assert told(page, "Lens") == ["RF24-70mm F2.8 L IS USM"] * 2
    assert told(page, "Exposure")[0].startswith("1/250 s, f/2.8, ISO 400, 50 mm")
    assert told(page, "Place") == ["-33.85700, 151.21530, -19 m"] * 2
    assert told(page, "Software") == ["Darkroom 3", "Shrinker <b>9</b>"]
    assert told(page, "Depth") == ["8 bits: red, green, blue"] * 2
    marked = page.locator(".compare-facts tr.differs th").all_text_contents()
    # Both were written just now, perhaps within the same minute.
    assert {words.split()[0] for words in marked} - {"Changed"} == {"Size", "Format", "Software"}
    assert all("differs" in words for words in marked), "not by colour alone"
    assert not page.locator(".compare-facts b").count(), "what a file says is text"
    assert not faults(page)


def test_the_columns_follow_what_is_compared(compared):
    page = compared
    page.get_by_role("radio", name="All").check()
    assert told(page, "Software") == ["Darkroom 3", "Shrinker <b>9</b>", "Darkroom 3"]
    page.get_by_role("radio", name="Side by side").check()
    page.get_by_label("Left picture").select_option(label="IMG_2041 (copy).png")
    page.get_by_label("Right picture").select_option(label="IMG_2041.png")
    assert told(page, "Software") == ["Darkroom 3"] * 2
    expect(page.locator(".compare-facts tr.differs th", has_text="Software")).to_have_count(0)


def test_a_file_that_is_gone_says_so_in_its_column(review, photos):
    page = review
    (photos / "Backup 2019" / "coffee.jpg").unlink()
    page.locator(".row", has_text="IMG_2041.png").click()
    page.get_by_role("button", name="Compare coffee.jpg").click()
    expect(page.get_by_role("rowheader", name="Not read")).to_be_visible()
    assert told(page, "Not read") == [NONE, "is not there any more"]
    assert told(page, "Camera") == ["Canon EOS R5", NONE]
    # Its picture is missing, too, and that is said.
    expect(page.locator("#trouble")).to_contain_text("no picture of this file")


def test_the_best_described_files_stay_by_rule(review):
    page = review
    page.locator("#rules").click()
    page.get_by_label("One file stays, by the keep rules").check()
    page.get_by_text("As text").click()
    page.get_by_label("Keep rules as text").fill("metadata, format:jpeg")
    page.get_by_label("also where pictures are only alike").check()
    preview = page.locator("#preview")
    expect(preview).to_contain_text("IMG_2041.png")
    page.get_by_role("button", name="Apply").click()
    expect(page.locator("#said")).to_contain_text("changed.")
    page.locator(".row", has_text="IMG_2041.png").click()
    files = page.locator("#group .file")
    expect(files).to_have_count(3)
    for name, goes in {"IMG_2041.png": True, "coffee.jpg": False}.items():
        one = files.filter(has=page.locator(".file-name", has_text=name))
        expect(one.get_by_role("radio", name="Goes")).to_be_checked(checked=goes)
