"""Which files show one of several pictures, so that what is compared is not all that they show.

Layers that are merged, or sizes of an icon: decoders choose, and another one may choose otherwise.
Such a file is never called equal in pixels to another one: only equal in bytes. What files merely
carry along (a second view, a movie, a depth map) is found by `value` instead.
"""

from __future__ import annotations

from typing import Final

from PIL import Image

from difd.engine.formats import ANIMATED

_ALWAYS: Final = frozenset({"PSD", "CUR", "PCD"})
"""Formats that are made to hold more (layers, sizes), and do not say here whether they do."""

_CARRIED: Final = frozenset({"MPO", "HEIF"})
"""Formats whose first picture is the picture, and whose others are found as value."""


def holds_more(picture: Image.Image) -> bool:
    """Whether a file shows more than is compared.

    Args:
        picture: opened, and not yet loaded.
    """
    if picture.format in _ALWAYS or len(picture.info.get("sizes", ())) > 1:
        return True
    if picture.format in ANIMATED or picture.format in _CARRIED:
        return False
    return getattr(picture, "n_frames", 1) > 1
