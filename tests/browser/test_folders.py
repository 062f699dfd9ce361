"""Folders picked from a list: to search, as references, and as the place that files move to."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from harness.axe import faults
from harness.folders import contents
from harness.pages import show_all
from playwright.sync_api import Page, expect

pytestmark = [pytest.mark.daemon("shared"), pytest.mark.timeout(300)]

ODD = b"moved \xff & <i>"


@pytest.fixture
def home(instance) -> Iterator[Path]:
    made = instance.root / "home"
    made.mkdir()
    yield made
    shutil.rmtree(made)


@pytest.fixture
def start(gateway, home, photos, page) -> Page:
    """The form of a search, with photos in the user's home."""
    photos.rename(home / "Pictures")
    page.goto(gateway.address)
    page.get_by_label("Folders", exact=True).fill(f"{home}/Pictures")
    page.get_by_text("References, exclusions, what stays").click()
    return page


def picked_files(page: Page) -> list[str]:
    """Start the search; names of the files that stay for lying in a reference folder."""
    page.get_by_role("button", name="Start the search").click()
    show_all(page)
    expect(page.locator("#group .file").first).to_be_visible()
    page.locator(".row", has_text="astronaut.png").click()
    expect(page.locator("#group .file-name", has_text="astronaut turned.png")).to_be_visible()
    fixed = page.locator(
        "#group .file:has(.verdict)", has_text="Stays: it lies in a reference folder"
    )
    return [name.strip().lstrip("123") for name in fixed.locator(".file-name").all_text_contents()]


def test_a_suggested_folder_is_taken_with_a_click(gateway, home, photos, page):
    photos.rename(home / "Pictures")
    page.goto(gateway.address)
    page.get_by_role("button", name="Pictures pictures").click()
    expect(page.locator("#picked li")).to_have_count(1)
    page.get_by_role("button", name="Pictures pictures").click()
    expect(page.locator("#picked li")).to_have_count(1)
    assert not faults(page)
    page.get_by_role("button", name="Start the search").click()
    show_all(page)
    expect(page.locator("#list-count")).to_have_text("3 groups")


def test_a_reference_folder_is_picked_by_mouse(start):
    page = start
    page.get_by_role("button", name="Pick a reference folder …").click()
    picker = page.locator("#picker")
    picker.get_by_role("button", name="Pictures").click()
    picker.get_by_role("button", name="Backup 2019").click()
    expect(picker.get_by_text("There are no folders in it.")).to_be_visible()
    assert not faults(page)
    picker.get_by_role("button", name="What is here stays").click()
    expect(page.locator("#picked_reference li")).to_have_count(1)
    page.get_by_role("button", name="Leave out").click()
    expect(page.locator("#picked_reference li")).to_have_count(0)
    page.get_by_role("button", name="Pick a reference folder …").click()
    picker.get_by_role("button", name="Pictures").click()
    picker.get_by_role("button", name="Backup 2019").click()
    expect(picker.get_by_text("There are no folders in it.")).to_be_visible()
    picker.get_by_role("button", name="What is here stays").click()
    assert picked_files(page) == ["astronaut.png"]


def test_a_reference_folder_is_picked_by_keyboard(start, home):
    page = start
    (home / "Another").mkdir()
    page.locator("#pick-reference").focus()
    page.keyboard.press("Enter")
    picker = page.locator("#picker")
    expect(picker.get_by_role("button", name="What is here stays")).to_be_focused()
    page.keyboard.press("Escape")
    expect(page.locator("#pick-reference")).to_be_focused()
    page.keyboard.press("Enter")
    expect(picker.get_by_role("button", name="What is here stays")).to_be_focused()
    page.keyboard.press("ArrowUp")
    expect(picker.get_by_role("button", name="Pictures")).to_be_focused()
    page.keyboard.press("ArrowUp")
    expect(picker.get_by_role("button", name="Another")).to_be_focused()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    expect(picker.get_by_role("button", name="Backup 2019")).to_be_visible()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowDown")
    expect(picker.get_by_role("button", name="Backup 2019")).to_be_focused()
    page.keyboard.press("Enter")
    expect(picker.get_by_text("There are no folders in it.")).to_be_visible()
    page.keyboard.press("Enter")
    expect(page.locator("#pick-reference")).to_be_focused()
    assert picked_files(page) == ["astronaut.png"]


def test_files_move_to_a_folder_that_was_picked_by_mouse(review, home, photos):
    """Whatever it is called."""
    page, target = review, os.path.join(os.fsencode(home), ODD)
    os.mkdir(target)
    before = contents(photos)
    page.get_by_role("button", name="Other …").click()
    page.get_by_role("button", name="Pick …").click()
    picker = page.locator("#picker")
    picker.get_by_role("button", name="moved").click()
    expect(picker.get_by_text("There are no folders in it.")).to_be_visible()
    assert not faults(page)
    picker.get_by_role("button", name="Move them here").click()
    expect(picker).to_be_hidden()
    expect(page.get_by_label("They move to a folder")).to_be_checked()
    assert not faults(page)
    page.get_by_label("Folder", exact=True).fill(f"{home}/elsewhere")
    page.get_by_role("button", name="Show the plan").click()
    expect(page.locator("#trouble")).to_contain_text("One folder was picked and another typed")
    page.get_by_label("Folder", exact=True).fill("")
    page.get_by_role("button", name="Show the plan").click()
    page.locator("#execute").click()
    expect(page.get_by_role("heading", name="4 files moved")).to_be_visible()
    assert len(os.listdir(target)) == 4
    assert len(contents(photos)) == len(before) - 4


def test_files_move_to_a_folder_that_was_picked_by_keyboard(review, home):
    page = review
    (home / "Moved").mkdir()
    (home / "Not here").mkdir()
    page.get_by_role("button", name="Other …").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_label("They go to the trash")).to_be_focused()
    page.locator("#pick-destination").focus()
    picker = page.locator("#picker")
    for folder in ("Not here", "Moved"):
        page.keyboard.press("Enter")
        expect(picker.get_by_role("button", name="Move them here")).to_be_focused()
        button = picker.get_by_role("button", name=folder)
        while not button.evaluate("button => button === document.activeElement"):
            page.keyboard.press("ArrowUp")
        page.keyboard.press("Enter")
        expect(picker.get_by_text("There are no folders in it.")).to_be_visible()
        page.keyboard.press("Enter")
        expect(page.locator("#pick-destination")).to_be_focused()
    expect(page.locator("#picked_destination li")).to_have_count(1)
    page.get_by_role("button", name="Show the plan").focus()
    page.keyboard.press("Enter")
    expect(page.locator("#execute")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="4 files moved")).to_be_visible()
    assert len(contents(home / "Moved")) == 4
    assert not contents(home / "Not here")
