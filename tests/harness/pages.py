"""Pages of a browser, each with cookies and a store of its own."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager

from playwright.sync_api import Browser, Page

PATIENCE_MS = 30_000


def show_all(page: Page) -> None:
    """From a result in sum to all of its groups."""
    page.get_by_role("link", name=re.compile("in one list")).click(timeout=120_000)


@contextmanager
def opened_page(browser: Browser, language: str = "en-US") -> Iterator[Page]:
    """An empty page of who reads a language; what its console says is an error at its end."""
    context = browser.new_context(
        viewport={"width": 1360, "height": 850}, reduced_motion="reduce", locale=language
    )
    context.set_default_timeout(PATIENCE_MS)
    opened = context.new_page()
    said: list[str] = []
    opened.on("pageerror", lambda error: said.append(str(error)))
    opened.on("console", lambda line: said.append(line.text) if line.type == "error" else None)
    yield opened
    context.close()
    # What the browser adds to an answer that our own scripts handle is no error of theirs.
    known = ("Failed to load resource", "Response Status Error Code 4")
    assert not [line for line in said if not line.startswith(known)], said
