"""Keep rules that are arranged by hand in the form of a search and in the settings."""

from __future__ import annotations

import re
from contextlib import closing
from pathlib import Path

import pytest
from harness.axe import faults
from harness.commands import answered, said
from harness.gateway import running_gateway
from harness.photos import album
from playwright.sync_api import Page, expect

pytestmark = [pytest.mark.daemon("own"), pytest.mark.timeout(300)]

SCREENSHOTS = Path(__file__).parents[1] / "desktop" / "screenshots"


@pytest.fixture
def start(instance, page):
    """The form of a search, with the rules in sight."""
    with running_gateway(instance) as running, closing(page):
        page.goto(running.address)
        page.get_by_text("References, exclusions, what stays").click()
        expect(chip(page, "the older file")).to_be_visible()
        yield page


def chip(page: Page, words: str):
    return page.locator(".keep-rule[data-key]", has_text=words)


def order(page: Page) -> list[str]:
    return page.locator(".keep-rule[data-key] .keep-words > span:first-child").all_inner_texts()


def test_a_search_is_begun_with_rules_that_were_arranged_by_hand(start, instance, tmp_path):
    page = start
    assert len(order(page)) == 8
    expect(page.locator(".keep-rule.implied")).to_contain_text("always")
    page.get_by_role("button", name="Remove: the larger picture").click()
    expect(page.locator(".keep-rule[data-key]")).to_have_count(7)
    page.get_by_role("button", name="Move up: the older file").click()
    text = page.locator("#keep-text")
    expect(text).to_have_value(re.compile("original-name, oldest, album$"))
    expect(page.locator("#spoken")).to_contain_text("the older file: 6 of 7")
    # The text is the same, and what is no rule is said beside it.
    page.get_by_text("As text").click()
    text.fill("newest, prettiest")
    expect(page.locator("#keep-text-wrong")).to_contain_text("prettiest")
    assert len(order(page)) == 7
    text.fill("newest, resolution")
    expect(page.locator(".keep-rule[data-key]")).to_have_count(2)
    page.get_by_role("button", name="Move up: the larger picture").click()
    expect(text).to_have_value("resolution, newest")
    page.locator("#add-rule").click()
    page.locator("#type-name").fill("*copy*")
    page.keyboard.press("Enter")
    expect(chip(page, "named *copy*")).to_be_visible()
    page.locator("#paths").fill(str(album(tmp_path / "album")))
    page.get_by_role("button", name="Start the search").click()
    expect(page.locator("#view h1")).to_contain_text("2 groups", timeout=120_000)
    keep = answered(instance, "jobs")[0]["options"]["keep"]
    assert keep == ["resolution", "newest", "name:*copy*"]


def test_the_rules_of_the_settings_come_back(start):
    page = start
    page.get_by_role("button", name="Remove: the older file").click()
    expect(chip(page, "the older file")).to_have_count(0)
    page.get_by_role("button", name="As in the settings").click()
    expect(chip(page, "the older file")).to_be_visible()
    expect(page.locator("#keep-text")).to_have_value(re.compile("album, oldest$"))


def test_a_folder_is_picked_for_a_rule(start, instance):
    page = start
    (instance.root / "home" / "Albums").mkdir(parents=True)
    page.locator("#add-rule").click()
    page.locator("#add-in").click()
    page.locator("#picker").get_by_role("button", name="Albums").click()
    page.locator("#picker button.main").click()
    expect(chip(page, "files in /")).to_contain_text("/Albums")
    assert len(order(page)) == 9


def test_the_settings_are_arranged_and_kept(start, instance):
    page = start
    page.get_by_role("link", name="Settings").click()
    setting = page.locator(".setting", has_text="Which copy stays")
    expect(setting.locator(".keep-rule[data-key]")).to_have_count(8)
    first = chip(page, "undamaged")
    chip(page, "the older file").locator(".keep-words > span").first.hover()
    page.mouse.down()
    box = first.bounding_box()
    page.mouse.move(box["x"] + 90, box["y"] + box["height"], steps=8)
    page.mouse.move(box["x"] + 90, box["y"] + 3, steps=5)
    page.mouse.up()
    expect(page.locator("[data-speak=order]")).to_contain_text("1 of 8")
    assert order(page)[0] == "the older file"
    page.get_by_role("button", name="Save: Which copy stays").click()
    expect(page.locator("#said")).to_contain_text("is changed")
    assert said(instance, "config", "get", "search.keep").split()[:2] == ["oldest", "intact"]
    assert order(page)[0] == "the older file"
    page.get_by_role("button", name="Default for: Which copy stays").click()
    expect(chip(page, "the older file")).to_be_visible()
    expect(page.locator("#keep-text")).to_have_value(re.compile("^intact"))
    assert order(page)[0] == "the undamaged file"


@pytest.mark.parametrize(("width", "scheme"), [(320, "light"), (1440, "dark")])
def test_both_are_accessible_and_fit(start, width, scheme):
    page = start
    page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
    page.set_viewport_size({"width": width, "height": 900})
    SCREENSHOTS.mkdir(parents=True, exist_ok=True)
    for view in ("start", "settings"):
        if view == "settings":
            page.goto(f"{page.url.partition('#')[0]}#/settings")
            expect(page.locator(".setting .keep-rule").first).to_be_visible()
        page.locator("#add-rule").click()
        page.get_by_text("As text").click()
        page.locator(".keep-rules").scroll_into_view_if_needed()
        page.screenshot(path=SCREENSHOTS / f"review-keep-{view}-{width}-{scheme}.jpg")
        assert not faults(page), view
        assert not page.evaluate(
            "document.documentElement.scrollWidth > document.documentElement.clientWidth"
        ), view
