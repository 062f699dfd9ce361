"""Answers that come late, or not at the first try: nothing is decided about another group."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from harness.instance import wait_until
from playwright.sync_api import Page, Route, expect

pytestmark = [
    pytest.mark.daemon("shared"),
    pytest.mark.timeout(300),
    pytest.mark.usefixtures("interceptable"),
]

SELECTED = ".row[aria-selected=true]"
FIRST_NAME = "#group .file-name >> nth=0"


@pytest.fixture(scope="module")
def found(shared_search) -> str:
    """One search for all tests here."""
    return shared_search


@pytest.fixture
def second(page) -> Callable[[], Route]:
    """The second group does not come; what this returns, once it was asked for, answers it.

    Named before `review`: a page that is open already may still let through what it should hold.
    """
    assert page.url == "about:blank"
    held: list[Route] = []

    def hold(route: Route) -> None:
        held.append(route)

    page.route(re.compile(r"/groups/2$"), hold, times=1)

    def asked() -> Route:
        expect(page.locator(SELECTED)).to_contain_text("IMG_2041.png")
        expect(page.locator(FIRST_NAME)).to_contain_text("astronaut.png")
        wait_until(lambda: page.wait_for_timeout(20) or held, seconds=60)
        return held.pop()

    return asked


def decided(page: Page, *words: str) -> None:
    """Wait until the rows of the list say this of their groups."""
    for name, says in zip(("astronaut", "IMG_2041", "chelsea", "launch"), words, strict=True):
        expect(page.locator(".row", has_text=name)).to_contain_text(says)


def test_a_button_pressed_for_the_chosen_group_waits_for_it(second, review):
    page = review
    page.locator(".row", has_text="IMG_2041.png").click()
    page.get_by_role("button", name="All stay").click()
    second().continue_()
    expect(page.locator("#chosen")).to_contain_text("3 files of 2 groups")
    decided(page, "2 to go", "all stay", "1 to go", "undecided")


def test_keys_are_heeded_in_their_order(second, review):
    page = review
    page.locator("#list").focus()
    for key in ("j", "s", "ArrowDown", "s"):
        page.keyboard.press(key)
    second().continue_()
    expect(page.locator(FIRST_NAME)).to_contain_text("launch.png")
    expect(page.locator("#chosen")).to_contain_text("2 files of 1 group")
    decided(page, "2 to go", "all stay", "all stay", "undecided")


def test_a_key_waits_for_the_answer_to_the_one_before(review):
    page = review
    held: list[Route] = []

    def hold(route: Route) -> None:
        held.append(route)

    page.route(re.compile(r"/choice$"), hold, times=1)
    second_file = page.locator("#group .file").nth(1)
    page.keyboard.press("2")
    page.keyboard.press("2")
    wait_until(lambda: page.wait_for_timeout(20) or held, seconds=60)
    expect(second_file.get_by_role("radio", name="Stays")).to_be_checked()
    with page.expect_response(lambda answer: "go=1" in (answer.request.post_data or "")):
        held.pop().continue_()
    expect(page.locator("#chosen")).to_contain_text("4 files of 3 groups")
    expect(second_file.get_by_role("radio", name="Goes")).to_be_checked()


def test_a_file_of_the_group_before_is_not_decided(second, review):
    page = review
    page.keyboard.press("j")
    page.locator("#group .file").nth(1).get_by_role("radio", name="Stays").click()
    second().continue_()
    expect(page.locator(FIRST_NAME)).to_contain_text("IMG_2041.png")
    page.keyboard.press("2")
    expect(page.locator("#chosen")).to_contain_text("5 files of 3 groups")
    decided(page, "2 to go", "2 to go", "1 to go", "undecided")


def test_a_group_that_does_not_come_is_not_the_chosen_one(second, review):
    page = review
    page.keyboard.press("j")
    page.keyboard.press("s")
    second().fulfill(status=400, body="It is too busy.")
    expect(page.locator("#trouble")).to_have_text("It is too busy.")
    expect(page.locator(SELECTED)).to_contain_text("astronaut.png")
    page.keyboard.press("s")
    expect(page.locator("#chosen")).to_contain_text("2 files of 2 groups")
    decided(page, "all stay", "1 to go", "1 to go", "undecided")


def test_a_group_that_does_not_come_takes_nobody_back_who_has_gone_on(second, review):
    page = review
    page.keyboard.press("j")
    answer = second()
    page.keyboard.press("j")
    expect(page.locator(SELECTED)).to_contain_text("chelsea.png")
    answer.fulfill(status=400, body="It is too busy.")
    expect(page.locator(FIRST_NAME)).to_contain_text("chelsea.png")
    expect(page.locator(SELECTED)).to_contain_text("chelsea.png")


def test_the_group_that_is_shown_is_not_asked_for_again(review):
    """Its answer would take a button away under the user's hands."""
    page = review
    expect(page.locator(SELECTED)).to_contain_text("astronaut.png")
    expect(page.locator("#group .shot.has-picture")).to_have_count(3)
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.locator(".row", has_text="astronaut.png").click()
    page.locator("#list").press("Enter")
    page.keyboard.press("j")
    expect(page.locator(FIRST_NAME)).to_contain_text("IMG_2041.png")
    groups = [url for url in asked if re.search(r"/groups/\d+$", url)]
    assert [url.rpartition("/")[2] for url in groups] == ["2"]


def test_a_picture_that_was_not_made_in_time_is_asked_for_again(review):
    page = review
    expect(page.locator("#group .shot.has-picture")).to_have_count(3)
    tries: list[str] = []

    def answer(route: Route) -> None:
        tries.append(route.request.url)
        if len(tries) > 1:
            route.continue_()
        else:
            route.fulfill(status=503, body="The daemon did not answer within 30 seconds.")

    page.route(re.compile(r"/pictures/\d+\?size=480$"), answer)
    page.reload()
    expect(page.locator("#group .shot.has-picture")).to_have_count(3)
    expect(page.locator("#group .shot.no-picture")).to_have_count(0)
    assert len(tries) == 4
    assert len(set(tries)) == 3


def test_who_goes_on_from_a_closed_dialog_keeps_the_focus(review):
    page = review
    page.locator("#list").focus()
    page.keyboard.press("r")
    expect(page.locator("#dialog[open]")).to_be_visible()
    page.evaluate(
        """() => new Promise((told) => {
            const dialog = document.getElementById("dialog");
            dialog.addEventListener("close", told);
            dialog.close();
            document.getElementById("find").focus();
        })"""
    )
    expect(page.locator("#find")).to_be_focused()
    page.keyboard.type("launch")
    expect(page.locator("#list-count")).to_have_text("1 group")
