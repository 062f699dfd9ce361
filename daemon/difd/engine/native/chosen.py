"""Which loops this process uses: the compiled ones, or their twins in numpy, and why.

    from difd.engine.native.chosen import loops

The variable DIFD_LOOPS, set to `twin`, leaves the compiled ones aside: for tests, and to find out
whether a fault is theirs.
"""

from __future__ import annotations

import importlib.util
import os
import struct
from typing import TYPE_CHECKING, Final

from difd.protocol.version import VERSION

VARIABLE: Final = "DIFD_LOOPS"

_MODULE: Final = "difd.engine.native._loops"

_ELF: Final = b"\x7fELF\x02\x01"
"""How libraries of 64-bit Linux begin, where the loader would crash on half of one."""


def _why_not() -> str:
    """Why the compiled loops cannot be used, as a short phrase; empty if they can."""
    if os.environ.get(VARIABLE) == "twin":
        return f"{VARIABLE} says so"
    found = importlib.util.find_spec(_MODULE)
    if found is None or found.origin is None:
        return "there was no C compiler when difd was installed"
    if not _is_whole(found.origin):
        return "the compiled file is damaged"
    try:
        from difd.engine.native import _loops  # noqa: PLC0415  only a whole one may be loaded
    except ImportError:
        return "the compiled file is not for this machine"
    return "" if _loops.VERSION == VERSION else "they were compiled for another version of difd"


def _is_whole(path: str) -> bool:
    """Whether a library is as long as it says: the table that ends it must be there."""
    try:
        with open(path, "rb") as file:
            head = file.read(64)
            length = os.fstat(file.fileno()).st_size
    except OSError:
        return False
    if not head.startswith(_ELF):
        return length > len(head)
    if len(head) < 64:  # noqa: PLR2004  the header's own length
        return False
    (sections,) = struct.unpack_from("<Q", head, 40)
    size, count = struct.unpack_from("<HH", head, 58)
    return bool(sections) and sections + size * count <= length


WHY_NOT: Final = _why_not()
"""Why numpy and Pillow do the work here; empty if the compiled loops do."""

if TYPE_CHECKING:
    from difd.engine.native import _loops as loops
elif WHY_NOT:
    from difd.engine.native import twin as loops
else:
    from difd.engine.native import _loops as loops

__all__ = ["VARIABLE", "WHY_NOT", "loops"]
