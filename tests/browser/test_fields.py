"""What is wrong is said beside its field; and paths that are dropped on the form are taken."""

from __future__ import annotations

import os
from contextlib import closing

import pytest
from harness.gateway import running_gateway
from harness.photos import gallery
from playwright.sync_api import expect

DROPPED = """([kind, text]) => {
  const carried = new DataTransfer();
  if (kind === "file") carried.items.add(new File(["a"], "a.jpg"));
  else carried.setData(kind, text);
  return carried;
}"""


@pytest.fixture
def start(instance, page):
    """The page of a new search."""
    with running_gateway(instance) as running, closing(page):
        page.goto(running.address)
        expect(page.locator("#paths")).to_be_visible()
        yield page


def drop(page, kind: str, text: str = "") -> None:
    carried = page.evaluate_handle(DROPPED, [kind, text])
    page.dispatch_event("#start", "dragover", {"dataTransfer": carried})
    page.dispatch_event("#start", "drop", {"dataTransfer": carried})


def test_a_folder_that_is_not_there_is_told_beside_its_field_until_it_is_changed(start):
    start.locator("#paths").fill("/nowhere at all")
    start.get_by_role("button", name="Start the search").click()
    paths = start.locator("#paths")
    expect(paths).to_have_attribute("aria-invalid", "true")
    expect(paths).to_be_focused()
    wrong = start.locator("#paths-wrong")
    expect(wrong).to_have_text("There is no such file or folder: /nowhere at all")
    assert "paths-wrong" in paths.get_attribute("aria-describedby")
    expect(start.locator("#trouble")).to_be_empty()
    paths.press_sequentially("s")
    expect(wrong).to_have_count(0)
    assert paths.get_attribute("aria-describedby") == "paths-hint"


def test_no_folder_at_all_is_told_there_too(start):
    start.get_by_role("button", name="Start the search").click()
    expect(start.locator("#paths-wrong")).to_have_text("Say which folders to search.")


@pytest.mark.parametrize(
    ("field", "value", "words"),
    [
        ("keep-text", "prettiest", "prettiest"),
        ("exclude", "[", "["),
        ("reference", "/nowhere", "There is no such file or folder: /nowhere"),
    ],
)
def test_a_field_that_is_folded_away_is_shown(start, tmp_path, field, value, words):
    start.locator("#paths").fill(str(tmp_path))
    place = start.locator(f"#{field}")
    place.evaluate("(field, value) => { field.value = value; }", value)
    expect(place).not_to_be_visible()
    start.get_by_role("button", name="Start the search").click()
    expect(start.locator(f"#{field}-wrong")).to_contain_text(words)
    expect(place).to_be_visible()
    expect(place).to_be_focused()


def test_what_contradicts_each_other_is_told_beside_the_second(start, tmp_path):
    start.locator("#paths").fill(str(tmp_path))
    start.locator("#across").select_option("reference")
    start.get_by_role("button", name="Start the search").click()
    expect(start.locator("#across-wrong")).to_contain_text("a reference folder is needed")


def test_a_setting_that_is_not_possible_is_told_beside_it(start):
    start.get_by_role("link", name="Settings").click()
    start.get_by_text("For experts").click()
    field = start.locator("#set-search\\.px_size")
    field.fill("three")
    start.locator("#save-search\\.px_size").click()
    expect(field).to_have_attribute("aria-invalid", "true")
    expect(start.locator("#set-search\\.px_size-wrong")).to_contain_text("px_size")
    field.fill("60")
    start.locator("#save-search\\.px_size").click()
    expect(start.locator("#said")).to_contain_text("is changed")


def test_folders_that_are_dropped_are_searched_whatever_they_are_called(start, tmp_path):
    odd = tmp_path / os.fsdecode(b"odd \xff #1 & more")
    gallery(odd)
    drop(start, "text/uri-list", f"# two\r\n{odd.as_uri()}/\r\nhttp://example.org/\r\n")
    expect(start.locator("#picked li")).to_have_count(1)
    start.locator("[name=similarity][value=similar]").check()
    start.get_by_role("button", name="Start the search").click()
    expect(start.locator("#view h1")).to_contain_text("group", timeout=120_000)


def test_written_paths_are_taken_and_nothing_else(start):
    drop(start, "text/plain", "/home/me/Pictures\n~/Camera\nhello")
    expect(start.locator("#paths")).to_have_value("/home/me/Pictures\n~/Camera")
    drop(start, "file")
    expect(start.locator("#trouble")).to_contain_text("does not tell where that is")
    expect(start.locator("#paths")).to_have_value("/home/me/Pictures\n~/Camera")
