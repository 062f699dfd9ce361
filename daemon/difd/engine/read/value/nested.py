"""Containers inside containers: EXIF, XMP, IPTC and Photoshop's resources, wherever they stand.

They hold each other, so each is reached from here, and only so deep. What cannot be understood
counts as one piece of data.
"""

from __future__ import annotations

import struct
from collections.abc import Callable
from typing import Final
from xml.parsers.expat import ExpatError

from difd.engine.read.value.data import Data, Excess
from difd.engine.read.value.holdings import DEPTH_MAX, Holdings, size_words
from difd.engine.read.value.kinds import Kind
from difd.engine.read.value.worthless import is_padding

FAULTS: Final = (
    *(ValueError, LookupError, ArithmeticError, struct.error, TypeError, RuntimeError, EOFError),
    *(AssertionError, AttributeError, ExpatError, Excess),
)
"""What a walker may raise at hostile input; memory is the survey's affair."""


def take_exif(content: bytes, holdings: Holdings) -> None:
    """Walk an EXIF block, with or without its heading."""
    from difd.engine.read.value.tiff import walk_tiff  # noqa: PLC0415  they hold each other

    content = content.removeprefix(b"Exif\0\0")
    _take("EXIF", content, holdings, lambda: walk_tiff(Data(content), holdings, whole=False))


def take_xmp(content: bytes, holdings: Holdings) -> None:
    """Walk an XMP packet."""
    from difd.engine.read.value.xmp import walk_xmp  # noqa: PLC0415  the same

    _take("XMP", content, holdings, lambda: walk_xmp(content, holdings))


def take_iptc(content: bytes, holdings: Holdings) -> None:
    """Walk IPTC's datasets."""
    from difd.engine.read.value.iptc import walk_iptc  # noqa: PLC0415  the same

    _take("IPTC", content, holdings, lambda: walk_iptc(content, holdings))


def take_photoshop(content: bytes, holdings: Holdings) -> None:
    """Walk Photoshop's resources."""
    from difd.engine.read.value.photoshop import walk_resources  # noqa: PLC0415  the same

    _take("Photoshop", content, holdings, lambda: walk_resources(content, holdings))


def _take(name: str, content: bytes, holdings: Holdings, walk: Callable[[], bool]) -> None:
    understood = False
    if holdings.depth < DEPTH_MAX:
        holdings.depth += 1
        try:
            understood = walk()
        except FAULTS:
            understood = False
        finally:
            holdings.depth -= 1
    if not understood and not is_padding(content):
        note = size_words(len(content))
        holdings.add(Kind.OTHER, name, content, f"{name} that cannot be read, {note}")
