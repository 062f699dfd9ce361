"""A page whose gateway has ended says how to go on: a button where the desktop has one for us."""

from __future__ import annotations

from contextlib import closing

import pytest
from harness.gateway import running_gateway
from playwright.sync_api import Page, expect


def left_alone(instance, page: Page, view: str) -> None:
    """Open a view, end the gateway, and ask for something."""
    with running_gateway(instance) as running:
        page.goto(running.address)
        expect(page.get_by_role("heading", level=1)).to_be_visible()
        page.evaluate("view => { location.hash = `#/${view}`; }", view)
        expect(page.locator("#view h1")).to_be_visible()
    page.evaluate("dispatchEvent(new Event('hashchange'))")


def test_without_an_entry_of_ours_it_names_the_command(instance, page):
    with closing(page):
        left_alone(instance, page, "settings")
        trouble = page.locator("#trouble")
        expect(trouble).to_have_text("The review page has ended. Open it again with: difctl review")
        page.mouse.click(5, 5)
        page.wait_for_timeout(2000)
        page.mouse.click(5, 5)
        expect(trouble).to_be_visible()


@pytest.mark.parametrize(
    ("view", "address"),
    [
        ("settings", "difd:settings"),
        ("history", "difd:"),
        ("job/3f2a91bc/all", "difd:job/3f2a91bc"),
    ],
)
def test_with_one_a_button_opens_the_same_view_again(instance, page, view, address):
    table = instance.root / "data" / "applications" / "mimeinfo.cache"
    table.parent.mkdir()
    table.write_text("[MIME Cache]\nx-scheme-handler/difd=difd.desktop;\n")
    with closing(page):
        left_alone(instance, page, view)
        expect(page.locator("#trouble")).to_contain_text("The review page has ended.")
        button = page.get_by_role("link", name="Open it again")
        expect(button).to_have_attribute("href", address)
