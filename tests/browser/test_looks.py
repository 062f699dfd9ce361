"""Every view is accessible (axe: WCAG 2.2 AA), in light and dark, from 320 pixels to 4K."""

from __future__ import annotations

from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from harness.review_views import views
from playwright.sync_api import Page, expect

SCREENSHOTS = Path(__file__).parents[1] / "desktop" / "screenshots"
TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]

pytestmark = [pytest.mark.daemon("shared"), pytest.mark.timeout(400)]


@pytest.fixture(scope="module")
def found(shared_search) -> str:
    """One search for all tests here."""
    return shared_search


def faults(page: Page) -> list[str]:
    """What axe finds; the page's policy forbids scripts of others, so it goes in from outside."""
    found = Axe().run(page, options={"runOnly": TAGS}).response["violations"]
    return [
        f"{one['id']}: {node['target']} {node['failureSummary']}"
        for one in found
        for node in one["nodes"]
    ]


def is_too_wide(page: Page) -> bool:
    """Whether the page, or the dialog over it, has to be moved sideways."""
    return page.evaluate(
        """() => [document.documentElement, ...document.querySelectorAll("dialog[open]")]
          .some((part) => part.scrollWidth > part.clientWidth)"""
    )


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
        page.screenshot(path=SCREENSHOTS / f"review-{name}-{scheme}.jpg")
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
        page.screenshot(path=SCREENSHOTS / "review-list-320.jpg")
        assert not is_too_wide(page)
        page.keyboard.press("ArrowDown")
        expect(page.locator("#group")).to_be_visible()
    too_wide = []
    for name in views(page):
        page.screenshot(path=SCREENSHOTS / f"review-{name}-{width}.jpg")
        if is_too_wide(page):
            too_wide.append(name)
    assert not too_wide
