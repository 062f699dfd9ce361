"""Every view is accessible (axe: WCAG 2.2 AA), in light and dark, from 320 pixels to 4K."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

SCREENSHOTS = Path(__file__).parents[1] / "desktop" / "screenshots"
TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]

pytestmark = pytest.mark.timeout(400)


def faults(page: Page) -> list[str]:
    """What axe finds; the page's policy forbids scripts of others, so it goes in from outside."""
    found = Axe().run(page, options={"runOnly": TAGS}).response["violations"]
    return [
        f"{one['id']}: {node['target']} {node['failureSummary']}"
        for one in found
        for node in one["nodes"]
    ]


def is_too_wide(page: Page) -> bool:
    return page.evaluate("document.documentElement.scrollWidth > innerWidth")


def views(page: Page):
    """Every view and dialog, one after the other, by name."""
    base = re.sub("#.*", "", page.url)
    yield "groups"
    for name, button in {
        "compare": "#compare-button",
        "rules": "#rules",
        "log": ".head-buttons button",
        "act": ".chosen-buttons button:last-child",
        "plan": "#trash",
        "keys": "#keys-button",
    }.items():
        page.locator(button).click()
        dialog = page.locator("dialog[open]")
        expect(dialog.get_by_role("heading").first).to_be_visible()
        if name == "plan":
            expect(page.locator("#execute")).to_be_visible()
        if name == "compare":
            expect(page.locator('figure[data-drawn="2"]:visible')).to_have_count(2)
        if name == "rules":
            expect(page.locator("#preview p").first).to_be_visible()
        yield name
        page.keyboard.press("Escape")
        expect(dialog).to_have_count(0)
    for name, heading in {
        "": "Find duplicate and similar pictures",
        "history": "History",
        "settings": "Settings",
    }.items():
        page.goto(f"{base}#/{name}")
        expect(page.get_by_role("heading", name=heading, exact=True)).to_be_visible()
        if not name:
            for fold in page.locator("summary").all():
                fold.click()
        yield name or "start"


def wait_for_pictures(page: Page) -> None:
    expect(page.locator("#list .tile:not(.has-picture)")).to_have_count(0)
    expect(page.locator("#group .shot.has-picture").first).to_be_visible()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_view_is_accessible(review, scheme):
    page = review
    page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
    page.locator(".row").nth(1).click()
    expect(page.locator("#group-title")).to_contain_text("Group")
    wait_for_pictures(page)
    SCREENSHOTS.mkdir(parents=True, exist_ok=True)
    found = {}
    for name in views(page):
        page.screenshot(path=SCREENSHOTS / f"review-{name}-{scheme}.png")
        found[name] = faults(page)
    assert not any(found.values()), found


@pytest.mark.parametrize(("width", "height"), [(320, 640), (800, 600), (3840, 2160)])
def test_nothing_is_cut_off(review, width, height):
    page = review
    wait_for_pictures(page)
    page.set_viewport_size({"width": width, "height": height})
    SCREENSHOTS.mkdir(parents=True, exist_ok=True)
    if width == 320:
        page.locator("#back").click()
        expect(page.locator("#list")).to_be_focused()
        page.screenshot(path=SCREENSHOTS / "review-list-320.png")
        assert not is_too_wide(page)
        page.keyboard.press("ArrowDown")
        expect(page.locator("#group")).to_be_visible()
    too_wide = []
    for name in views(page):
        page.screenshot(path=SCREENSHOTS / f"review-{name}-{width}.png")
        if is_too_wide(page):
            too_wide.append(name)
    assert not too_wide
