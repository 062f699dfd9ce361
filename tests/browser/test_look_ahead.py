"""What look mode knows ahead: the next group before it is asked for, and what a plan would say."""

from __future__ import annotations

import re
from contextlib import closing
from pathlib import Path

import pytest
from harness.commands import answered
from harness.gateway import running_gateway
from harness.instance import wait_until
from harness.photos import small_photo
from harness.searches import searched
from PIL import Image
from playwright.sync_api import Route, expect

from browser.test_look import alike, decided, drawn

pytestmark = [
    pytest.mark.daemon("own"),
    pytest.mark.timeout(400),
    pytest.mark.usefixtures("interceptable"),
]

CHOOSE = re.compile("/look/choose$")
HEADING = "#dialog-title"


@pytest.fixture
def looking(instance, tmp_path, page):
    """The first of four pairs, and the next one is made."""
    job = searched(instance, alike(tmp_path / "Pictures", 4), "-s", "similar")["job"]
    with running_gateway(instance, job) as running, closing(page):
        page.goto(f"{running.address}/look")
        expect(page.locator("#list-count")).to_have_text("4 groups")
        page.keyboard.press("l")
        made(page)
        yield page


def made(page) -> None:
    """Wait until all is drawn, and what comes next is there."""
    drawn(page)
    expect(page.locator("[data-look][data-made]")).to_be_visible()


def place(page) -> str:
    return page.locator("[data-look]").get_attribute("data-look")


def held_up(page) -> list[Route]:
    """The next choice does not get through until it is let go on."""
    routes: list[Route] = []

    def hold(route: Route) -> None:
        routes.append(route)

    page.route(CHOOSE, hold, times=1)
    return routes


def test_the_next_group_is_shown_before_the_choice_has_arrived(looking, instance):
    page = looking
    routes = held_up(page)
    page.keyboard.press("ArrowLeft")
    expect(page.locator("[data-look='1']")).to_be_visible()
    drawn(page)
    expect(page.locator(HEADING)).to_contain_text("0 of 4 looked at")
    assert decided(instance) == {}
    # What is taken back meanwhile is what was decided, as soon as that has arrived.
    page.keyboard.press("u")
    assert place(page) == "1"
    wait_until(lambda: page.wait_for_timeout(20) or routes, seconds=60)
    routes.pop().continue_()
    expect(page.locator("[data-look='0']")).to_be_visible()
    expect(page.locator(HEADING)).to_contain_text("0 of 4 looked at")
    assert decided(instance) == {}


def test_choices_arrive_in_their_order(looking, instance):
    page = looking
    for key in ("ArrowLeft", "ArrowRight", "b"):
        made(page)
        page.keyboard.press(key)
    expect(page.locator(HEADING)).to_contain_text("3 of 4 looked at")
    assert place(page) == "3"
    assert sorted(map(str, decided(instance).values())) == ["goes"] * 2 + ["stays"] * 4
    for number in (2, 1, 0):
        page.keyboard.press("u")
        expect(page.locator(HEADING)).to_contain_text(f"{number} of 4 looked at")
        assert place(page) == str(number)
    assert decided(instance) == {}


def test_no_key_decides_about_a_group_before_it_is_seen(looking, instance):
    page = looking
    routes = held_up(page)
    page.keyboard.press("ArrowLeft")
    for key in ("ArrowLeft", "ArrowRight", "b", "b"):
        page.keyboard.press(key)
    assert place(page) == "1"
    wait_until(lambda: page.wait_for_timeout(20) or routes, seconds=60)
    routes.pop().continue_()
    expect(page.locator(HEADING)).to_contain_text("2 of 4 looked at")
    made(page)
    assert place(page) == "2"
    assert sorted(map(str, decided(instance).values())) == ["goes"] * 2 + ["stays"] * 2


def test_a_choice_that_does_not_arrive_is_said_and_its_group_shown_again(looking, instance):
    page = looking
    page.route(CHOOSE, lambda route: route.fulfill(status=503, body="Try again later."))
    page.keyboard.press("ArrowLeft")
    expect(page.locator("#trouble")).to_contain_text("Try again later.")
    expect(page.locator("[data-look='0']")).to_be_visible()
    assert decided(instance) == {}
    page.unroute(CHOOSE)
    drawn(page)
    page.keyboard.press("ArrowLeft")
    expect(page.locator(HEADING)).to_contain_text("1 of 4 looked at")
    assert len(decided(instance)) == 2


def test_a_choice_that_is_on_its_way_is_counted_when_the_dialog_is_closed(looking, instance):
    page = looking
    routes = held_up(page)
    page.keyboard.press("ArrowLeft")
    expect(page.locator("[data-look='1']")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.locator("#decided")).to_contain_text("0 of 4 groups looked at")
    wait_until(lambda: page.wait_for_timeout(20) or routes, seconds=60)
    routes.pop().continue_()
    expect(page.locator("#decided")).to_contain_text("1 of 4 groups looked at")
    assert len(decided(instance)) == 2


def test_what_the_plan_will_hold_back_is_told_in_its_words_before_it_is_chosen(
    instance, tmp_path, page
):
    folder: Path = tmp_path / "Pictures"
    first = small_photo("coffee.png", folder / "1.png", size=(600, 400))
    with Image.open(first) as photo:
        changed = photo.convert("RGB")
    changed.paste((250, 250, 250), (100, 100, 110, 108))
    changed.save(folder / "2.png")
    job = searched(instance, folder, "-s", "similar")["job"]
    why = "something in it differs from the one that stays: look at that place"
    with running_gateway(instance, job) as running, closing(page):
        page.goto(f"{running.address}/look")
        expect(page.locator("#list-count")).to_have_text("1 group")
        page.keyboard.press("l")
        held = page.locator("#held")
        expect(page.locator("#places")).to_have_text("1 place differs")
        expect(held).to_have_text(f"Whichever goes would be held back: {why}.")
        page.keyboard.press("ArrowLeft")
        expect(page.locator("#looked")).to_be_visible()
        page.keyboard.press("u")
        # It is known now, so it is told at once.
        page.route("**/places?*", lambda route: route.abort())
        expect(held).to_contain_text(why)
        drawn(page)
        page.keyboard.press("ArrowLeft")
        expect(page.locator("#looked")).to_be_visible()
        page.keyboard.press("Escape")
        page.locator("#trash").click()
        expect(page.locator("#dialog .plan")).to_contain_text(why, ignore_case=True)
    assert answered(instance, "show", "last")["groups"]
