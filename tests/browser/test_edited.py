"""Edited copies on the page: listed under their group, laid onto their origin, chosen by hand."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import closing
from itertools import pairwise

import pytest
from harness.axe import faults, faults_of_colour
from harness.commands import answered
from harness.edited import ASLANT, CROP, crop_box, edited_copies
from harness.folders import contents
from harness.gateway import running_gateway
from harness.searches import searched
from harness.spoken import elements, levels, nameless
from playwright.sync_api import Locator, Page, expect

pytestmark = [
    pytest.mark.daemon("shared"),
    pytest.mark.timeout(300),
]

LAID = """() => {
  const sides = ["left", "right"].map((side) => {
    const canvas = document.querySelector(`figure[data-side=${side}] canvas`);
    return canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
  });
  const [whole, laid] = sides;
  if (whole.width !== laid.width || whole.height !== laid.height) return null;
  const found = { covered: 0, difference: 0, left: 1e9, top: 1e9, right: 0, bottom: 0 };
  for (let y = 0; y < laid.height; y += 1) {
    for (let x = 0; x < laid.width; x += 1) {
      const at = 4 * (y * laid.width + x);
      if (laid.data[at + 3] < 255) continue;
      found.covered += 1;
      for (const part of [0, 1, 2]) {
        found.difference += Math.abs(laid.data[at + part] - whole.data[at + part]) / 3;
      }
      found.left = Math.min(found.left, x);
      found.top = Math.min(found.top, y);
      found.right = Math.max(found.right, x + 1);
      found.bottom = Math.max(found.bottom, y + 1);
    }
  }
  found.difference /= found.covered;
  found.covered /= laid.width * laid.height;
  const [right, below] = [laid.width - 1, laid.height - 1];
  const corners = [[0, 0], [right, 0], [0, below], [right, below]];
  found.corners = corners.map(([x, y]) => laid.data[4 * (y * laid.width + x) + 3]);
  return found;
}"""
"""Of the right picture, as it is laid onto the left one: the share that it covers, its box, the
mean difference there (0 to 255), and how opaque the four corners are."""


@pytest.fixture(scope="module")
def copies(tmp_path_factory):
    """A folder of originals and edited copies."""
    return edited_copies(tmp_path_factory.mktemp("edited") / "Pictures")


@pytest.fixture(scope="module")
def found(shared_instance, copies) -> str:
    """A search for edited copies among them."""
    job: str = searched(shared_instance, copies, "-s", "edited")["job"]
    return job


def open_group(page: Page, name: str) -> Locator:
    """Choose the group of an original, and return its edited copies."""
    page.locator(".row", has_text=name).click()
    expect(page.locator("#group .file-name").first).to_contain_text(name)
    return page.locator("#group .edited .file")


def compare(page: Page, name: str, mode: str) -> None:
    """Compare a file with the one that it comes from, and wait until both are drawn."""
    page.get_by_role("button", name=f"Compare {name}", exact=True).click()
    page.get_by_role("radio", name=mode).check()
    expect(page.locator("figure[data-ready]:visible")).to_have_count(2)
    expect(page.locator("figure[data-side=right]")).to_have_attribute("data-ready", "laid")


def test_copies_are_listed_under_their_group_with_what_was_done_to_them(review):
    page = review
    expect(page.locator(".row", has_text="astronaut.jpg")).to_contain_text("1 file · 5 edited")
    expect(page.locator(".row", has_text="coffee.jpg")).to_contain_text("+ 7 edited")
    copies = open_group(page, "astronaut.jpg")
    expect(page.locator("#group-title")).to_contain_text("1 file, 5 edited copies")
    expect(page.get_by_role("heading", name="5 edited copies", exact=True)).to_be_visible()
    words = {
        "astronaut crop.jpg": "Edited copy, cropped to 40 %",
        "astronaut mirrored crop.jpg": "cropped to 40 %, mirrored",
        "astronaut caption.jpg": "with a caption",
        "astronaut brighter.jpg": "brighter",
        "collage.jpg": "of its area",
    }
    assert copies.count() == len(words)
    for name, what in words.items():
        card = copies.filter(has_text=name)
        expect(card.locator(".tag")).to_contain_text(what)
        expect(card).to_contain_text("Comes from astronaut.jpg")
    # The collage is told of once, and stands under every picture that it shows.
    for name in ("coffee.jpg", "rocket.jpg"):
        expect(open_group(page, name).filter(has_text="collage.jpg")).to_have_count(1)
    page.locator(".tools").get_by_label("Show").select_option("With edited copies")
    expect(page.locator("#list-count")).to_have_text("3 groups")
    page.locator("#find").fill("rocket crop")
    expect(page.locator("#list-count")).to_have_text("1 group")


def test_what_stays_says_why_once_and_the_only_file_is_not_asked_about(review):
    page = review
    copies = open_group(page, "astronaut.jpg")
    collage = copies.filter(has_text="collage.jpg")
    why = "it shows something that the other one does not"
    expect(collage.locator(".verdict")).to_have_text(f"Stays: {why}")
    assert collage.inner_text().count(why) == 1
    expect(collage.get_by_role("radio")).to_have_count(0)
    only = page.locator("#group .files:not(.edited) .file")
    expect(only.locator(".verdict")).to_have_text("Stays")
    expect(only.get_by_role("radio")).to_have_count(0)
    compare(page, "astronaut crop.jpg", "Swipe")
    boxes = page.locator(".compare-facts").get_by_role("checkbox").and_(page.locator(":visible"))
    expect(boxes).to_have_count(1)
    expect(boxes).to_have_accessible_name("astronaut crop.jpg goes")


@pytest.mark.parametrize(
    ("name", "at", "mirrored"),
    [
        ("coffee crop.jpg", (0.3, 0.1), "0"),
        ("coffee mirrored crop.jpg", (0.05, 0.25), "1"),
        ("coffee turned crop.jpg", (0.2, 0.2), "0"),
    ],
    ids=["crop", "mirrored", "turned"],
)
def test_a_crop_is_laid_onto_its_place(review, name, at, mirrored):
    page = review
    open_group(page, "coffee.jpg")
    compare(page, name, "Swipe")
    right = page.locator("figure[data-side=right]")
    expect(right).to_have_attribute("data-mirrored", mirrored)
    laid = page.evaluate(LAID)
    assert laid["corners"] == [0, 0, 0, 0], "it covers what it does not show"
    assert laid["covered"] == pytest.approx(CROP, abs=0.01)
    box = [laid[side] for side in ("left", "top", "right", "bottom")]
    assert box == pytest.approx(crop_box((600, 400), at), abs=2)
    assert laid["difference"] < 4
    expect(right.locator(".edge path")).to_be_visible()
    page.get_by_role("radio", name="Side by side").check()
    expect(right).to_have_attribute("data-ready", "upright")
    size = right.locator("canvas").evaluate("one => [one.width, one.height]")
    assert size == [379, 253], "it does not stand upright beside the other one"


def test_a_copy_seen_aslant_is_laid_by_all_four_corners(review):
    page = review
    open_group(page, "coffee.jpg")
    compare(page, "coffee aslant.jpg", "Swipe")
    laid = page.evaluate(LAID)
    assert laid["covered"] == pytest.approx(_area(ASLANT), abs=0.01)
    assert laid["difference"] < 5


def _area(corners: Sequence[tuple[float, float]]) -> float:
    """Of a polygon."""
    ends = zip(corners, [*corners[1:], corners[0]], strict=True)
    return abs(sum(x * v - u * y for (x, y), (u, v) in ends)) / 2


def test_a_collage_is_laid_so_that_its_part_covers_the_picture(review):
    page = review
    open_group(page, "coffee.jpg")
    compare(page, "collage.jpg", "Swipe")
    laid = page.evaluate(LAID)
    assert laid["covered"] == 1
    assert laid["difference"] < 5


def test_only_what_both_show_is_compared_in_the_difference(review):
    page = review
    open_group(page, "coffee.jpg")
    compare(page, "coffee crop.jpg", "Difference")
    laid = page.evaluate(LAID)
    # Both are black outside, so that nothing but the crop is looked at.
    assert laid["covered"] == 1
    assert laid["difference"] < 2


def test_the_slider_fades_one_into_the_other(review):
    page = review
    open_group(page, "coffee.jpg")
    compare(page, "coffee caption.jpg", "Fade")
    for value, shares in {"50": [0.5, 0.5], "20": [0.8, 0.2], "100": [0, 1]}.items():
        page.locator("#fading").fill(value)
        opacities = [
            float(
                page.locator(f"figure[data-side={side}] .pane").first.evaluate(
                    "pane => getComputedStyle(pane).opacity"
                )
            )
            for side in ("left", "right")
        ]
        assert opacities == pytest.approx(shares)


@pytest.mark.daemon("own")
def test_a_chosen_copy_goes_and_comes_back(instance, tmp_path, page):
    folder = edited_copies(tmp_path / "Pictures")
    job = searched(instance, folder, "-s", "edited")["job"]
    before = contents(folder)
    with running_gateway(instance, job) as running, closing(page):
        page.goto(running.listing)
        expect(page.locator("#chosen")).to_contain_text("2 files of 2 groups")
        crop = open_group(page, "astronaut.jpg").filter(has_text="astronaut crop.jpg")
        crop.get_by_role("radio", name="Goes").check()
        expect(page.locator("#chosen")).to_contain_text("3 files of 3 groups")
        expect(page.locator(".row", has_text="astronaut.jpg")).to_contain_text("1 to go")
        page.get_by_role("button", name="All stay").click()
        expect(page.locator("#chosen")).to_contain_text("2 files of 2 groups")
        expect(crop).to_have_count(0)  # the next undecided group took its place
        open_group(page, "astronaut.jpg")
        crop.get_by_role("radio", name="Goes").check()
        page.get_by_role("button", name="Move to the trash …").click()
        page.get_by_role("dialog").get_by_role("button", name="Move 3 files to the trash").click()
        expect(page.get_by_role("heading", name="3 files moved to the trash")).to_be_visible()
        assert before.keys() - contents(folder).keys() >= {"Edited/astronaut crop.jpg"}
        page.get_by_role("button", name="Undo", exact=True).click()
        expect(page.get_by_role("heading", name="3 files brought back")).to_be_visible()
        assert contents(folder) == before


def test_the_keyboard_reaches_every_card(review):
    page = review
    copies = open_group(page, "rocket.jpg")
    page.locator("#list").focus()
    reached = set()
    for _ in range(60):
        page.keyboard.press("Tab")
        reached.add(page.evaluate("document.activeElement.getAttribute('aria-label')"))
    names = [f"rocket {kind}.jpg" for kind in ("crop", "mirrored crop", "caption", "brighter")]
    assert {f"Compare {name}" for name in (*names, "collage.jpg", "rocket.jpg")} <= reached
    # The number on a card is the key that decides about it.
    crop = copies.filter(has_text="rocket crop.jpg")
    key = crop.locator(".index").inner_text()
    page.keyboard.press(key)
    expect(crop.get_by_role("radio", name="Goes")).to_be_checked()
    page.keyboard.press(key)
    expect(crop.get_by_role("radio", name="Stays")).to_be_checked()


def test_the_views_are_accessible(review):
    page = review
    open_group(page, "coffee.jpg")
    expect(page.locator("#group .shot.has-picture").first).to_be_visible()
    wrong = {}
    for view in ("group", "compare"):
        if view == "compare":
            compare(page, "coffee crop.jpg", "Fade")
        page.emulate_media(color_scheme="light", reduced_motion="reduce")
        told = elements(page)
        steps = levels(told)
        wrong[view] = faults(page) + nameless(told)
        wrong[view] += [
            f"heading {after} after {before}"
            for before, after in pairwise(steps)
            if after - before > 1
        ]
        page.emulate_media(color_scheme="dark", reduced_motion="reduce")
        wrong[view] += faults_of_colour(page)
    assert wrong == {"group": [], "compare": []}


@pytest.mark.parametrize("width", [320, 1360])
def test_nothing_is_cut_off(review, width):
    page = review
    open_group(page, "coffee.jpg")
    page.set_viewport_size({"width": width, "height": 800})
    wide = "() => document.documentElement.scrollWidth > document.documentElement.clientWidth"
    assert not page.evaluate(wide)
    for row in page.locator(".row").all():
        if row.is_visible():
            assert row.evaluate("row => row.scrollHeight <= row.clientHeight")
    compare(page, "coffee mirrored crop.jpg", "Fade")
    dialog = page.locator("dialog[open]")
    assert not dialog.evaluate("dialog => dialog.scrollWidth > dialog.clientWidth")
    boxes = [
        page.locator(f"figure[data-side={side}] figcaption").bounding_box()
        for side in ("left", "right")
    ]
    assert boxes[0]["x"] + boxes[0]["width"] <= boxes[1]["x"], "one name lies over the other"


def test_the_form_starts_a_search_for_edited_copies(instance, copies, page):
    with running_gateway(instance) as gateway, closing(page):
        page.goto(gateway.address)
        page.get_by_label("Folders", exact=True).fill(str(copies))
        same_size = page.get_by_label("Only pictures of the same width")
        expect(same_size).to_be_visible()
        page.get_by_text("Edited copies", exact=True).click()
        # What would have no effect is not asked.
        expect(same_size).to_be_hidden()
        expect(page.get_by_label("Mirrored pictures match")).to_be_hidden()
        page.get_by_role("button", name="Start the search").click()
        title = "4 groups of similar images and edited copies"
        expect(page.get_by_role("heading", name=title)).to_be_visible(timeout=120_000)
        job = page.url.rsplit("/", 1)[1]
    options = answered(instance, "show", job)["options"]
    assert (options["edited"], options["same_dim"], options["mirror"]) == (True, False, True)
