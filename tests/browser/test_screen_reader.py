"""What a screen reader is told of outcomes, and where the focus is; test_looks.py has the names."""

from __future__ import annotations

import re
from contextlib import closing

import pytest
from harness.commands import answered
from harness.gateway import running_gateway
from harness.photos import many_photos
from playwright.sync_api import Page, expect

pytestmark = [pytest.mark.daemon("shared"), pytest.mark.timeout(400)]


def spoken(page: Page):
    """Where screen readers are told what happened."""
    return page.locator("#spoken")


@pytest.mark.early
@pytest.mark.daemon("own")
def test_progress_and_outcome_of_a_search_are_told_and_the_focus_is_kept(instance, page, tmp_path):
    photos = many_photos(tmp_path / "many", edge=1400)
    with running_gateway(instance) as gateway, closing(page):
        page.goto(gateway.address)
        expect(page.locator("#view")).to_be_focused()
        page.get_by_label("Folders", exact=True).fill(str(photos))
        page.get_by_role("button", name="Start the search").press("Enter")
        expect(page.get_by_role("heading", name="Searching")).to_be_visible()
        expect(spoken(page)).to_contain_text(re.compile("Waiting|found so far|images read|compar"))
        page.get_by_role("button", name="Cancel").focus()
        expect(spoken(page)).to_contain_text("1 group of duplicates", timeout=120_000)
        expect(spoken(page)).to_contain_text("59 files, ")
        expect(page.locator("#view")).to_be_focused()


def test_decisions_are_told_and_leave_the_focus_where_it_is(review):
    page = review
    page.locator(".row", has_text="astronaut.png").click()
    expect(page.locator("#group-title")).to_contain_text("3 files")
    page.locator("#stay-button").focus()
    page.keyboard.press("Enter")
    expect(spoken(page)).to_contain_text(re.compile("2 files of 2 groups chosen to go"))
    # The next one that is undecided takes its place, and the button is its own.
    expect(spoken(page)).to_contain_text("IMG_2041.png, 3 files")
    expect(page.locator("#stay-button")).to_be_focused()
    page.keyboard.press("k")
    expect(spoken(page)).to_contain_text("astronaut.png, 3 files")
    page.locator("#ignore-button").focus()
    page.keyboard.press("Enter")
    expect(spoken(page)).to_contain_text("From now on these files no longer match")
    expect(page.locator("#ignore-button")).to_have_text("They are duplicates")
    expect(page.locator("#ignore-button")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("#ignore-button")).to_have_text("Not duplicates")
    expect(page.locator("#ignore-button")).to_be_focused()
    goes = page.locator("#group .file").nth(1).get_by_role("radio", name="Goes")
    goes.focus()
    page.keyboard.press("Space")
    expect(spoken(page)).to_contain_text(re.compile("3 files of 3 groups chosen to go"))
    expect(goes).to_be_focused()


def test_dialogs_give_the_focus_back(review):
    page = review
    shot = page.get_by_role("button", name="Compare astronaut turned.png")
    shot.focus()
    page.keyboard.press("Enter")
    expect(page.locator("#stage")).to_be_focused()
    box = page.locator(".compare-facts").get_by_role("checkbox", name="astronaut turned.png goes")
    box.first.focus()
    page.keyboard.press("Space")
    expect(page.locator("#chosen")).to_contain_text("3 files")
    expect(box.first).to_be_focused()
    page.keyboard.press("Escape")
    expect(shot).to_be_focused()
    page.locator("#keys-button").focus()
    page.keyboard.press("Enter")
    page.keyboard.press("Escape")
    expect(page.locator("#keys-button")).to_be_focused()


@pytest.mark.daemon("own")
def test_an_action_is_told_from_plan_to_undo(review):
    page = review
    page.locator("#trash").focus()
    page.keyboard.press("Enter")
    expect(page.locator("#execute")).to_be_focused()
    expect(spoken(page)).to_contain_text("Move 4 files to the trash?")
    page.keyboard.press("Enter")
    expect(spoken(page)).to_contain_text("4 files moved to the trash")
    expect(page.locator("dialog [data-close]")).to_be_focused()
    page.keyboard.press("Escape")
    page.goto(re.sub("#.*", "#/history", page.url))
    expect(page.get_by_role("heading", name="History")).to_be_visible()
    page.get_by_role("button", name="Undo: Move 4 files to the trash").press("Enter")
    expect(spoken(page)).to_contain_text("4 files brought back")
    page.keyboard.press("Escape")
    expect(page.locator("#view")).to_be_focused()


def test_a_setting_is_told_and_keeps_the_focus(review, instance):
    page = review
    page.goto(re.sub("#.*", "#/settings", page.url))
    page.get_by_text("For experts").click()
    edge = "Edge of the small square that is compared"
    page.get_by_label(edge, exact=True).fill("64")
    page.get_by_role("button", name=f"Save: {edge}").press("Enter")
    expect(page.locator("#said")).to_have_text(f"“{edge}” is changed.")
    expect(page.get_by_role("button", name=f"Save: {edge}")).to_be_focused()
    page.get_by_role("button", name=f"Default for: {edge}").press("Enter")
    expect(page.get_by_label(edge, exact=True)).to_have_value("50")
    expect(page.get_by_label(edge, exact=True)).to_be_focused()
    mirrored = page.get_by_role("switch", name="Mirrored pictures match")
    mirrored.press("Space")
    expect(page.locator("#said")).to_have_text("“Mirrored pictures match” is changed.")
    expect(mirrored).to_be_checked()
    expect(mirrored).to_be_focused()
    page.get_by_label("How much alike pictures must be", exact=True).select_option("similar")
    expect(page.locator("#said")).to_have_text("“How much alike pictures must be” is changed.")
    settings = answered(instance, "config", "show")["settings"]
    search = settings["search"]
    assert (search["mirror"], search["similarity"]) == (True, "similar")
    page.get_by_role("button", name="Default for: Mirrored").press("Enter")
    expect(mirrored).not_to_be_checked()
    page.get_by_role("button", name="Default for: How much").press("Enter")
    expect(page.get_by_label("How much alike pictures must be", exact=True)).to_have_value(
        "duplicates"
    )
