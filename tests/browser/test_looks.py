"""Every view is accessible in light and dark, has names for all, and fits from 320 pixels to 4K."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import pytest
from harness.axe import faults, faults_of_colour
from harness.gateway import running_gateway
from harness.pages import opened_page
from harness.review_views import views
from harness.spoken import elements, levels, nameless
from playwright.sync_api import Page, expect

SCREENSHOTS = Path(__file__).parents[1] / "desktop" / "screenshots"
SIZES = {800: 600, 1360: 850, 3840: 2160}
LARGE = {"groups", "compare", "start"}
"""Views of which a picture in 4K is kept: drawing one takes half a second."""

pytestmark = [pytest.mark.daemon("shared"), pytest.mark.early, pytest.mark.timeout(400)]


@dataclass
class View:
    """What was seen of a view.

    Attributes:
        faults: by colour scheme.
        too_wide: by width of the screen.
        told: to a screen reader.
        is_dialog: whether it lies over another.
    """

    faults: dict[str, list[str]]
    too_wide: dict[int, bool]
    told: list[re.Match[str]]
    is_dialog: bool


@pytest.fixture(scope="module")
def found(shared_search) -> str:
    """One search for all tests here."""
    return shared_search


@pytest.fixture(scope="module")
def seen(shared_instance, found, chromium) -> Iterator[dict[str, View]]:
    """All views, each opened once, on a small screen, and shown in all sizes and colours.

    What axe says by shapes and structure is the same in every colour.
    """
    SCREENSHOTS.mkdir(parents=True, exist_ok=True)
    with (
        opened_page(chromium) as page,
        running_gateway(shared_instance, found) as gateway,
        closing(page),
    ):
        page.goto(gateway.listing)
        page.emulate_media(color_scheme="light", reduced_motion="reduce")
        page.locator(".row").nth(1).click()
        expect(page.locator("#group-title")).to_contain_text("Group")
        wait_for_pictures(page)
        show(page, 800)
        yield {name: view(page, name) for name in views(page)}


def view(page: Page, name: str) -> View:
    too_wide = {800: is_too_wide(page)}
    page.screenshot(path=SCREENSHOTS / f"review-{name}-800.jpg")
    show(page, 3840)
    too_wide[3840] = is_too_wide(page)
    if name in LARGE:
        page.screenshot(path=SCREENSHOTS / f"review-{name}-3840.jpg")
    show(page, 1360)
    page.screenshot(path=SCREENSHOTS / f"review-{name}-light.jpg")
    wrong = {"light": faults(page)}
    page.emulate_media(color_scheme="dark", reduced_motion="reduce")
    page.screenshot(path=SCREENSHOTS / f"review-{name}-dark.jpg")
    wrong["dark"] = faults_of_colour(page)
    page.emulate_media(color_scheme="light", reduced_motion="reduce")
    told, is_dialog = elements(page), page.locator("dialog[open]").count() > 0
    show(page, 800)
    return View(wrong, too_wide, told, is_dialog)


def show(page: Page, width: int) -> None:
    page.set_viewport_size({"width": width, "height": SIZES[width]})


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
def test_every_view_is_accessible(seen, scheme):
    found = {name: view.faults[scheme] for name, view in seen.items()}
    assert not any(found.values()), found


def test_every_control_has_a_name_and_headings_are_in_order(seen):
    wrong: dict[str, object] = {}
    roles: set[str] = set()
    for name, view in seen.items():
        found = {one["role"] for one in view.told}
        assert found & {"button", "link"}, name
        roles |= found
        order = levels(view.told)
        begin = 2 if view.is_dialog else 1
        steps = [after - before for before, after in pairwise(order)]
        if nameless(view.told) or order[:1] != [begin] or any(step > 1 for step in steps):
            wrong[name] = (nameless(view.told), order)
    assert not wrong
    # So that nothing is right only because the snapshot was not understood.
    assert {"listbox", "option", "radio", "combobox", "searchbox", "spinbutton"} <= roles


@pytest.mark.parametrize("width", [800, 3840])
def test_nothing_is_cut_off(seen, width):
    assert not [name for name, view in seen.items() if view.too_wide[width]]


def test_nothing_is_cut_off_on_a_phone(review):
    """Every view is opened there, too."""
    page = review
    wait_for_pictures(page)
    page.set_viewport_size({"width": 320, "height": 640})
    SCREENSHOTS.mkdir(parents=True, exist_ok=True)
    page.locator("#back").click()
    expect(page.locator("#list")).to_be_focused()
    page.screenshot(path=SCREENSHOTS / "review-list-320.jpg")
    assert not is_too_wide(page)
    page.keyboard.press("ArrowDown")
    expect(page.locator("#group")).to_be_visible()
    too_wide = []
    for name in views(page):
        page.screenshot(path=SCREENSHOTS / f"review-{name}-320.jpg")
        if is_too_wide(page):
            too_wide.append(name)
    assert not too_wide


def test_rows_of_the_list_lie_one_below_the_other_at_every_width(review):
    page = review
    for width in (1360, 3840):
        show(page, width)
        rows = page.locator("#list .row")
        expect(rows).to_have_count(4)
        boxes = sorted((row.bounding_box() for row in rows.all()), key=lambda box: box["y"])
        gaps = [after["y"] - before["y"] - before["height"] for before, after in pairwise(boxes)]
        assert all(abs(gap) < 1 for gap in gaps), (width, gaps)
