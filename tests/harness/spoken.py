"""What a browser tells screen readers of a page, read from its accessibility snapshot."""

from __future__ import annotations

import re

from playwright.sync_api import Page

CONTROLS = (
    "button",
    "link",
    "textbox",
    "searchbox",
    "spinbutton",
    "combobox",
    "checkbox",
    "radio",
    "slider",
    "listbox",
    "option",
    "dialog",
    "img",
    "region",
    "form",
    "progressbar",
)

_LINE = re.compile(
    r'- (?P<role>[a-z]+)(?: "(?P<name>(?:[^"\\]|\\.)*)")?(?P<states>(?: \[[^]]*\])*)'
)
"""A line of a snapshot: `- button "Close" [disabled]`."""


def elements(page: Page) -> list[re.Match[str]]:
    """What is told of the page, or of the dialog that covers it."""
    dialog = page.locator("dialog[open]")
    part = dialog if dialog.count() else page.locator("body")
    lines = part.aria_snapshot().splitlines()
    return [match for line in lines if (match := _LINE.match(line.strip()))]


def nameless(told: list[re.Match[str]]) -> list[str]:
    """Controls that have no name."""
    return [one[0] for one in told if one["role"] in CONTROLS and not one["name"]]


def levels(told: list[re.Match[str]]) -> list[int]:
    """The levels of the headings, from the top."""
    found = [one for one in told if one["role"] == "heading"]
    return [int(re.findall(r"\[level=(\d)\]", one["states"])[0]) for one in found]
