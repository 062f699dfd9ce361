"""All views and dialogs of a review page that shows the groups of a search."""

from __future__ import annotations

from collections.abc import Iterator

from playwright.sync_api import Page, expect


def views(page: Page) -> Iterator[str]:
    """Every view and dialog, one after the other, by name."""
    base, _, view = page.url.partition("#")
    yield "groups"
    for name, button in {
        "compare": "#compare-button",
        "rules": "#rules",
        "log": ".head-buttons button",
        "act": ".chosen-buttons button:last-child",
        "plan": "#trash",
        "keys": "#keys-button",
    }.items():
        if not page.locator(button).is_visible():
            page.locator("#back").click()  # on a phone a group stands alone
        page.locator(button).click()
        dialog = page.locator("dialog[open]")
        expect(dialog.get_by_role("heading").first).to_be_visible()
        if name == "plan":
            expect(page.locator("#execute")).to_be_visible()
        if name == "compare":
            expect(page.locator("figure[data-ready]:visible")).to_have_count(2)
            expect(page.locator("#descriptions td.quiet")).to_have_count(0)
        if name == "rules":
            expect(page.locator("#preview p").first).to_be_visible()
        yield name
        page.keyboard.press("Escape")
        expect(dialog).to_have_count(0)
    page.goto(f"{base}#{view.rpartition('/')[0]}")
    expect(page.locator(".box.safe")).to_be_visible()
    yield "summary"
    for name, part in {"": "#start", "history": "h1 + h2", "settings": ".setting"}.items():
        page.goto(f"{base}#/{name}")
        expect(page.locator(f"#view {part}").first).to_be_visible()
        if not name:
            for fold in page.locator("summary").all():
                fold.click()
        yield name or "start"
        if not name:
            page.locator("#pick-reference").click()
            expect(page.locator("#picker").get_by_role("heading")).to_be_visible()
            yield "picker"
            page.keyboard.press("Escape")
