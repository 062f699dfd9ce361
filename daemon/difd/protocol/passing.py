"""Places where files do not stay: bins, snapshots, caches. What lies there answers for nothing.

One table for discovery, keep rules, plans and clients. It looks at paths only.
"""

from __future__ import annotations

import re
from typing import Final

_PLACES: Final = (
    (rb"\.trash(-\d+|es)?|\$recycle\.bin", "a recycle bin", "emptied by people and desktops"),
)
"""What the name of a folder is, in lower case; what such a place is; why nothing stays there."""

_TESTS: Final = tuple((re.compile(name), kind) for name, kind, _ in _PLACES)


def passing_place(path: bytes) -> str:
    """What kind of passing place a file lies in: "a recycle bin"; empty if in none.

    Args:
        path: of the file, absolute, links resolved.
    """
    for name in path.lower().split(b"/")[:-1]:
        for test, kind in _TESTS:
            if test.fullmatch(name):
                return kind
    return ""
