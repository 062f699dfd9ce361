"""Walks Photoshop's image resources, in which JPEG and TIFF files carry IPTC, paths and more."""

from __future__ import annotations

import struct
from typing import Final

from difd.engine.read.value import nested
from difd.engine.read.value.data import Data
from difd.engine.read.value.exif import note_aspect
from difd.engine.read.value.holdings import Holdings, decoded, size_words
from difd.engine.read.value.kinds import Kind
from difd.engine.read.value.thumbnail import is_thumbnail
from difd.engine.read.value.worthless import PHOTOSHOP_RESOURCES, is_padding

_SIGNATURES: Final = frozenset({b"8BIM", b"AgHg", b"DCSR", b"MeSa", b"PHUT"})
_PATHS: Final = range(2000, 2998)
_LENGTH_MAX: Final = 256
"""Bytes that resources may have which say nothing of value."""

_LONGER: Final = frozenset({1002, 1024, 1026, 1033, 1036, 1039, 1053, 1071, 1072, 1082, 1083})
"""Settings of printers in XML, lists of layers, and what is looked at itself."""

_HEADER: Final = 26
_THUMBNAIL_HEADER: Final = 28


def walk_resources(content: bytes, holdings: Holdings) -> bool:
    """Walk resources; False if these are none."""
    at = 0
    while at + 12 <= len(content) and content[at : at + 4] in _SIGNATURES:
        (number,) = struct.unpack_from(">H", content, at + 4)
        name = content[at + 7 : at + 7 + content[at + 6]]
        if number not in PHOTOSHOP_RESOURCES:
            holdings.add_text(Kind.OTHER, decoded(name), f"8bim name {number}")
        at += 6 + (content[at + 6] + 2) // 2 * 2
        (length,) = struct.unpack(">I", content[at : at + 4])
        value = content[at + 4 : at + 4 + length]
        at += 4 + (length + 1) // 2 * 2
        _take(number, value, holdings)
    return is_padding(content[at:])


def _take(number: int, value: bytes, holdings: Holdings) -> None:  # noqa: C901  a list
    match number:
        case 1028:
            nested.take_iptc(value, holdings)
        case 1058:
            nested.take_exif(value, holdings)
        case 1060:
            nested.take_xmp(value, holdings)
        case 1064 if len(value) >= 12:  # noqa: PLR2004  a version and a double
            note_aspect(1.0, struct.unpack_from(">d", value, 4)[0], holdings)
        case 1034:
            if any(value):
                holdings.add(Kind.AUTHOR, "copyrighted", b"")
        case 1032:
            # A grid is always told, guides are drawn by somebody.
            if any(value[12:]):
                holdings.add(Kind.EDITS, "guides", value[12:])
        case 1033 | 1036 if not is_thumbnail(value[_THUMBNAIL_HEADER:]):
            holdings.add(Kind.PICTURE, "thumbnail", value, size_words(len(value)))
        case 1039 if value[36:40] != b"acsp":  # no profile
            holdings.add(Kind.DATA, "8bim 1039", value, size_words(len(value)))
        case _ if number in _PATHS:
            holdings.add(Kind.MASK, "path", value, f"{size_words(len(value))}, a path")
        case _ if not (_is_worthless(number, value) or is_padding(value)):
            holdings.add(Kind.TECHNICAL, f"8bim {number}", value)


def _is_worthless(number: int, value: bytes) -> bool:
    known = number in PHOTOSHOP_RESOURCES
    return known and (len(value) <= _LENGTH_MAX or number in _LONGER)


def walk_psd(data: Data, holdings: Holdings) -> None:
    """Walk a PSD: its resources, and its layers as one."""
    at = _HEADER
    (colours,) = struct.unpack(">I", data.read(at, 4))
    at += 4 + colours
    (resources,) = struct.unpack(">I", data.read(at, 4))
    nested.take_photoshop(data.read(at + 4, resources), holdings)
    at += 4 + resources
    wide = data.read(4, 2) == b"\0\2"
    (layers,) = struct.unpack(">Q" if wide else ">I", data.read(at, 8 if wide else 4))
    at += 8 if wide else 4
    if layers:
        holdings.add_range(Kind.LAYERS, "psd", data, at, at + layers)
    if at + layers > data.size:
        holdings.blame("its layers lie behind its end")
