"""Keep rules that are arranged by mouse, keyboard and finger, and what they say they decide."""

from __future__ import annotations

import re
from contextlib import closing
from pathlib import Path
from urllib.parse import quote

import pytest
from harness.axe import faults
from harness.commands import answered
from harness.gateway import running_gateway
from harness.instance import wait_until
from playwright.sync_api import Page, Route, expect

pytestmark = [pytest.mark.daemon("shared"), pytest.mark.timeout(400)]

SCREENSHOTS = Path(__file__).parents[1] / "desktop" / "screenshots"

OWN = [
    "undamaged",
    "holds more",
    "tells more",
    "larger picture",
    "larger file",
    "named as",
    "album",
]


@pytest.fixture(scope="module")
def found(shared_search) -> str:
    """One search for all tests here."""
    return shared_search


@pytest.fixture
def rules(review) -> Page:
    """The dialog, with counts for all groups."""
    page = review
    page.keyboard.press("r")
    page.get_by_label("also where pictures are only alike").check()
    expect(page.locator(".keep-words").first).to_contain_text("decides")
    expect(page.locator("#preview")).to_contain_text("2 decisions change")
    return page


def chip(page: Page, words: str):
    return page.locator(".keep-rule[data-key]", has_text=words)


def order(page: Page) -> list[str]:
    return page.locator(".keep-rule[data-key] .keep-words > span:first-child").all_inner_texts()


def place(page: Page, words: str) -> int:
    return next(number for number, said in enumerate(order(page)) if words in said)


def settled(page: Page, words: str, number: int) -> None:
    """Until the rule is there, and the gateway has said what it decides there."""
    expect(page.locator("[data-speak=order]")).to_contain_text(f": {number + 1} of ")
    expect(chip(page, words)).to_contain_text("decides")
    assert place(page, words) == number


def test_the_search_s_own_rules_are_the_beginning_and_say_what_they_decide(rules):
    page = rules
    said = order(page)
    assert len(said) == 8
    assert all(words in one for words, one in zip(OWN, said, strict=False))
    assert said[-1] == "the older file"
    # Of four groups one has a larger picture; what is left goes on to the next rule.
    expect(chip(page, "undamaged")).to_contain_text("decides 0 groups")
    expect(chip(page, "undamaged")).to_contain_text("says nothing in 4")
    expect(chip(page, "larger picture")).to_contain_text("decides 1 group")
    expect(chip(page, "larger picture")).to_contain_text("says nothing in 3")
    expect(chip(page, "album")).to_contain_text("decides 1 group · leaves fewer in 1")
    expect(chip(page, "older")).to_contain_text("decides 2 groups")
    chip(page, "larger picture").locator("summary").click()
    expect(chip(page, "larger picture").locator("li")).to_have_count(3)
    # What follows from the others is told, and cannot be moved.
    implied = page.locator(".keep-rule.implied")
    expect(implied).to_contain_text("details always · decides 0 groups")
    expect(implied.get_by_role("button")).to_have_count(0)


def test_by_mouse_a_rule_is_dragged_and_that_is_applied_and_taken_back(rules, instance):
    page = rules
    before = answered(instance, "show", "last")["groups"]
    chip(page, "older").scroll_into_view_if_needed()
    chip(page, "older").locator(".keep-words > span").first.hover()
    page.mouse.down()
    box = chip(page, "larger picture").bounding_box()
    page.mouse.move(box["x"] + 90, box["y"] + box["height"], steps=5)
    page.mouse.move(box["x"] + 90, box["y"] + 3, steps=5)
    expect(chip(page, "older")).to_have_class(re.compile("dragged"))
    page.mouse.up()
    settled(page, "older", 3)
    expect(chip(page, "older")).to_contain_text("decides 4 groups")
    expect(chip(page, "larger picture")).to_contain_text("decides 0 groups")
    text = page.locator("#keep-text").input_value()
    assert text == "intact, value, metadata, oldest, resolution, bytes, original-name, album"
    assert answered(instance, "show", "last")["groups"] == before, "a preview changes nothing"
    changes = int(re.match(r"\d+", page.locator("#preview strong").inner_text())[0])
    page.get_by_role("button", name="Apply").click()
    expect(page.locator("#said")).to_have_text(f"{changes} decisions changed.")
    assert answered(instance, "show", "last")["groups"] != before
    page.keyboard.press("u")
    expect(page.locator("#said")).to_contain_text("as before")
    assert answered(instance, "show", "last")["groups"] == before
    # What was arranged is there again, and so are the search's own.
    page.keyboard.press("r")
    expect(chip(page, "older")).to_be_visible()
    assert place(page, "older") == 3
    page.get_by_role("button", name="As the search had them").click()
    expect(page.locator("#keep-text")).to_have_value(re.compile("oldest$"))
    assert place(page, "older") == 7


def test_by_keyboard_a_rule_moves_goes_and_comes_and_that_is_told(rules):
    page = rules
    earlier = page.get_by_role("button", name="Move up: the older file")
    earlier.focus()
    for _ in range(2):
        page.keyboard.press("Enter")
    settled(page, "older", 5)
    expect(earlier).to_be_focused()
    expect(page.locator("#spoken")).to_contain_text("the older file: 6 of 8")
    page.keyboard.press("Tab")
    expect(page.get_by_role("button", name="Move down: the older file")).to_be_focused()
    page.keyboard.press("Enter")
    settled(page, "older", 6)
    expect(page.locator("#spoken")).to_contain_text("the older file: 7 of 8")
    # At the end nothing moves, and the button keeps the focus.
    page.keyboard.press("Enter")
    settled(page, "older", 7)
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    drop = page.get_by_role("button", name="Remove: the older file")
    expect(drop).to_be_focused()
    page.keyboard.press("Enter")
    expect(chip(page, "older")).to_have_count(0)
    expect(
        page.get_by_role("button", name=re.compile("Remove: the file in an album"))
    ).to_be_focused()
    expect(page.locator(".keep-rules + p")).to_contain_text("left open")
    page.locator("#add-rule").focus()
    page.keyboard.press("Enter")
    page.locator("#add-newest").focus()
    page.keyboard.press("Enter")
    settled(page, "newer", 7)
    expect(page.locator("#add-newest")).to_be_focused()
    page.keyboard.press("Enter")  # it is there already
    expect(page.get_by_role("button", name="Move up: the newer file")).to_be_focused()
    page.locator("#type-name").focus()
    page.keyboard.press("Enter")
    expect(page.locator("#type-name")).to_be_focused()
    page.keyboard.type("*small*")
    page.keyboard.press("Enter")
    settled(page, "named *small*", 8)
    expect(page.locator("#dialog")).to_be_visible()


def test_by_finger_on_a_phone(rules):
    page = rules
    page.set_viewport_size({"width": 375, "height": 700})
    grip = chip(page, "tells more").locator(".grip")
    grip.scroll_into_view_if_needed()
    box = grip.bounding_box()
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    end = chip(page, "holds more").first.bounding_box()["y"] + 4
    touch = page.context.new_cdp_session(page)

    def finger(kind: str, *points: float) -> None:
        touch.send(
            "Input.dispatchTouchEvent",
            {"type": kind, "touchPoints": [{"x": x, "y": one} for one in points]},
        )

    finger("touchStart", y)
    for step in range(1, 6):
        finger("touchMove", y + (end - y) * step / 5)
    expect(chip(page, "tells more")).to_have_class(re.compile("dragged"))
    finger("touchEnd")
    settled(page, "tells more", 1)
    # A finger elsewhere scrolls, and moves no rule.
    said = order(page)
    box = chip(page, "larger picture").locator(".keep-words").bounding_box()
    x, y = box["x"] + 20, box["y"] + 5
    finger("touchStart", y)
    for step in range(1, 6):
        finger("touchMove", y - 30 * step)
    finger("touchEnd")
    assert order(page) == said
    page.get_by_role("button", name="Move down: the file that tells more").click()
    settled(page, "tells more", 2)


def test_the_text_and_the_rules_are_the_same(rules):
    page = rules
    page.get_by_text("As text").click()
    text = page.locator("#keep-text")
    # An answer that says nothing new leaves the field to who is about to type in it.
    text.evaluate("one => { one.mine = true; }")
    alike = page.get_by_label("also where pictures are only alike")
    for checked in (False, True):
        with page.expect_response("**/rules/preview"):
            alike.set_checked(checked)
    expect(page.locator("#preview")).to_contain_text("2 decisions change")
    assert text.evaluate("one => one.mine")
    text.fill("resolution, newest")
    expect(page.locator(".keep-rule[data-key]")).to_have_count(2)
    assert order(page) == ["the larger picture", "the newer file"]
    expect(text).to_be_focused()
    text.fill("resolution, prettiest")
    problem = page.locator("#keep-text-wrong")
    expect(problem).to_contain_text("'prettiest' is not a keep rule.")
    expect(page.locator("#preview")).to_be_empty()
    assert order(page) == ["the larger picture", "the newer file"]
    page.get_by_role("button", name="Apply").click()
    expect(problem).to_contain_text("'prettiest' is not a keep rule.")
    expect(page.locator("#dialog")).to_be_visible()
    text.fill("in:/nowhere/at all")
    expect(problem).to_contain_text("There is no such folder")
    text.fill("newest, resolution\n")
    expect(problem).to_have_count(0)
    expect(page.locator(".keep-rule[data-key]").first).to_contain_text("newer")
    assert order(page) == ["the newer file", "the larger picture"]
    # What is moved by hand is in the text again.
    page.get_by_role("button", name="Move down: the newer file").click()
    expect(text).to_have_value("resolution, newest")
    text.fill("resolution, prettiest")
    expect(problem).to_contain_text("prettiest")
    page.get_by_role("button", name="Remove: the newer file").click()
    expect(text).to_have_value("resolution")
    expect(problem).to_have_count(0)


@pytest.mark.usefixtures("interceptable")
def test_an_answer_that_comes_after_the_rules_were_applied_disturbs_nothing(rules):
    """What the page says on its console would fail the test."""
    page = rules
    held: list[Route] = []

    def hold(route: Route) -> None:
        held.append(route)

    page.get_by_text("As text").click()
    page.route(re.compile(r"/rules/preview$"), hold, times=1)
    page.get_by_label("Keep rules as text").fill("oldest")
    wait_until(lambda: page.wait_for_timeout(20) or held, seconds=60)
    page.get_by_role("button", name="Apply").click()
    expect(page.locator("#dialog")).to_be_hidden()
    with page.expect_response(re.compile(r"/rules/preview$")):
        held.pop().continue_()
    page.wait_for_timeout(200)


@pytest.mark.daemon("own")
def test_folders_are_picked_for_rules(instance, page, photos):
    home = instance.root / "home"
    home.mkdir(exist_ok=True)
    odd = Path(f"{home}/a, b > \udcff")
    odd.mkdir()
    (home / "Second").mkdir()
    answer = answered(instance, "search", photos, "--keep", "newest")
    with running_gateway(instance, answer["job"]) as running, closing(page):
        page.goto(running.listing)
        expect(page.locator("#group .file").first).to_be_visible()
        page.keyboard.press("r")
        expect(page.locator(".keep-rule[data-key]")).to_have_count(1)
        page.locator("#add-rule").click()
        pick(page, "#add-in", "a, b > ")
        expect(chip(page, "files in /")).to_contain_text("\\xff")
        expect(chip(page, "files in /")).to_contain_text("decides 0 groups")
        assert page.locator("[name=keep]").last.input_value() == quote(
            f"in:{odd}".encode("utf-8", "surrogateescape")
        )
        pick(page, "#add-folder", "Second")
        expect(chip(page, "first of these folders")).to_contain_text("/Second")
        # What cannot be said, a folder with the sign that stands between folders, changes nothing.
        pick(page, "#add-folder", "a, b > ")
        expect(page.locator("#keep-text-wrong")).to_contain_text("must be absolute")
        expect(page.locator(".keep-rule[data-key]")).to_have_count(3)
        expect(chip(page, "first of these folders")).not_to_contain_text("xff")
        pick(page, "#add-folder", None)
        expect(chip(page, "first of these folders")).to_contain_text(f"/Second > {home}")
        pick(page, "#add-not-in", "Second")
        expect(chip(page, "files outside")).to_contain_text("/Second")
        assert order(page)[0] == "the newer file"


def pick(page: Page, button: str, folder: str | None) -> None:
    """Pick a folder of the home, or the home itself."""
    page.locator(button).click()
    picker = page.locator("#picker")
    if folder:
        picker.get_by_role("button", name=folder).click()
        expect(picker).to_contain_text("There are no folders in it.")
    picker.locator("button.main").click()
    expect(picker).to_be_hidden()


@pytest.mark.parametrize(("width", "scheme"), [(375, "light"), (1440, "dark"), (2560, "light")])
def test_it_is_accessible_and_fits(rules, width, scheme):
    page = rules
    page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
    page.set_viewport_size({"width": width, "height": 900})
    too_wide = """() => [document.documentElement, ...document.querySelectorAll("dialog[open]")]
        .some((part) => part.scrollWidth > part.clientWidth)"""
    SCREENSHOTS.mkdir(parents=True, exist_ok=True)
    page.screenshot(path=SCREENSHOTS / f"review-rules-{width}-{scheme}.jpg")
    page.locator("#add-rule").click()
    page.get_by_text("As text").click()
    chip(page, "undamaged").locator("summary").click()
    page.locator("#keep-text").fill("prettiest")
    expect(page.locator("#keep-text-wrong")).to_contain_text("prettiest")
    page.screenshot(path=SCREENSHOTS / f"review-rules-open-{width}-{scheme}.jpg")
    assert not faults(page)
    assert not page.evaluate(too_wide)
