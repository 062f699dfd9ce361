"""Addresses that begin with `difd:`, by which a page that has ended is opened again.

The entry in the desktop's menu of applications opens them (`difctl integrate install`). Any other
page can name one, too: so it says nothing but which view of the review page to show.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Final

import platformdirs

SCHEME: Final = "difd:"

_VIEW: Final = re.compile(r"(?:settings|job/[0-9a-f]{4,32})?")

_HANDLED: Final = "x-scheme-handler/difd="


def view_of(address: str) -> str | None:
    """The view that an address of ours names; None if it is none."""
    if not address.lower().startswith(SCHEME):
        return None
    view = address[len(SCHEME) :].strip("/")
    return view if _VIEW.fullmatch(view) else None


def is_open() -> bool:
    """Whether something on this desktop opens these addresses."""
    places = [platformdirs.user_data_dir(), *platformdirs.site_data_dir(multipath=True).split(":")]
    return any(_names_us(Path(place) / "applications" / "mimeinfo.cache") for place in places)


def _names_us(table: Path) -> bool:
    try:
        text = table.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return False
    return any(line.startswith(_HANDLED) for line in text.splitlines())
