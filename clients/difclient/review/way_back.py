"""Addresses that begin with `difd:`, by which a page that has ended is opened again.

The entry in the desktop's menu of applications, or in Explorer's registry, opens them (`difctl
integrate install`). Any other page can name one, too: so it says nothing but which view of the
review page to show.
"""

from __future__ import annotations

import re
from typing import Final

from difd.system import desktop

SCHEME: Final = "difd:"

_VIEW: Final = re.compile(r"(?:settings|job/[0-9a-f]{4,32})?")


def view_of(address: str) -> str | None:
    """The view that an address of ours names; None if it is none."""
    if not address.lower().startswith(SCHEME):
        return None
    view = address[len(SCHEME) :].strip("/")
    return view if _VIEW.fullmatch(view) else None


def is_open() -> bool:
    """Whether something on this desktop opens these addresses."""
    return desktop.opens(SCHEME.rstrip(":"))
