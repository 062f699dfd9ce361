"""Ten thousand groups: only what is in sight is in the page, and every one can be reached."""

from __future__ import annotations

import re
import time
from contextlib import closing

import pytest
from harness.gateway import running_gateway
from harness.many_groups import write_search
from harness.photos import small_photo
from playwright.sync_api import expect

GROUPS = 10_000

IN_SIGHT = """list => {
  const bottom = list.getBoundingClientRect().bottom;
  const top = (row) => row.getBoundingClientRect().top;
  return [...list.querySelectorAll(".row")]
    .filter((row) => top(row) < bottom)
    .sort((one, other) => top(one) - top(other))
    .flatMap((row) => [...row.querySelectorAll("img")].map((image) => image.dataset.picture));
}"""
"""The pictures of the rows in sight, from the top."""


@pytest.mark.timeout(400)
def test_ten_thousand_groups(instance, tmp_path, page):
    job = write_search(small_photo("coffee.png", tmp_path / "photos" / "coffee.png"), GROUPS)
    asked: list[str] = []
    page.on("request", lambda request: asked.append(re.sub("^http://[^/]*", "", request.url)))
    with running_gateway(instance, job) as gateway, closing(page):
        begun = time.monotonic()
        page.goto(gateway.listing)
        expect(page.locator("#list-count")).to_have_text("10,000 groups")
        expect(page.locator("#group .file").first).to_be_visible()
        print(f"\ninteractive after {time.monotonic() - begun:.2f} s")
        expect(page.locator("#list .has-picture").first).to_be_visible()
        print(f"first picture after {time.monotonic() - begun:.2f} s")
        assert page.locator("#list [role=option]").count() < 60
        in_sight = page.locator("#list").evaluate(IN_SIGHT)
        expect(page.locator("#list .has-picture")).to_have_count(len(in_sight))
        print(f"all pictures in sight after {time.monotonic() - begun:.2f} s")
        assert [address for address in asked if "size=120" in address] == in_sight
        first = page.locator("#list [role=option]").first
        assert first.get_attribute("aria-setsize") == "10000"
        page.locator("#list").focus()
        begun = time.monotonic()
        page.keyboard.press("End")
        expect(page.locator(".row[aria-selected=true]")).to_have_attribute("aria-posinset", "10000")
        expect(page.locator("#group .file-name").first).to_contain_text("00001-a.png")
        print(f"from the first to the last after {time.monotonic() - begun:.2f} s")
        assert page.locator("#list [role=option]").count() < 60
        page.locator("#list").evaluate("list => { list.scrollTop = list.scrollHeight / 2 }")
        middle = page.locator('#list [aria-posinset="5001"]')
        expect(middle).to_be_visible()
        begun = time.monotonic()
        page.get_by_label("Name").fill("04217-b")
        expect(page.locator("#list-count")).to_have_text("1 group")
        print(f"filtered after {time.monotonic() - begun:.2f} s")
        expect(page.locator("#group .file-name").first).to_contain_text("04217-a.png")
        begun = time.monotonic()
        page.keyboard.press("Escape")
        page.get_by_label("Name").fill("")
        expect(page.locator("#list-count")).to_have_text("10,000 groups")
        page.get_by_role("button", name="Rules …").click()
        page.get_by_label("Everything stays").check()
        expect(page.locator("#preview")).to_contain_text("10,000 decisions change")
        page.get_by_role("button", name="Apply").click()
        expect(page.locator("#chosen")).to_contain_text("Nothing is chosen to go.")
        print(f"a rule for all after {time.monotonic() - begun:.2f} s")
        begun = time.monotonic()
        with page.expect_response(re.compile("/rows.*fresh=1")):
            page.locator("#step").press("Home")
        expect(page.locator("#step-words")).to_have_text("equal")
        print(f"regrouped after {time.monotonic() - begun:.2f} s")
