"""Copies of a picture in other colour spaces, with the profile embedded: the looks stay.

Profiles are Debian's (icc-profiles-free, libgs-common); Display P3 is in neither and is made here.
"""

from __future__ import annotations

import io
import struct
from collections.abc import Iterator
from functools import cache as remember
from typing import Any

from PIL import Image, ImageCms

from bench.corpus import package

Picture = Image.Image

P3_COLUMNS = {
    b"rXYZ": (0.51512, 0.24120, -0.00105),
    b"gXYZ": (0.29198, 0.69225, 0.04189),
    b"bXYZ": (0.15710, 0.06657, 0.78407),
}
"""Display P3's primaries under D50."""

SRGB_CURVE = (2.4, 1 / 1.055, 0.055 / 1.055, 1 / 12.92, 0.04045)
"""Exponent, factor, offset, slope and limit of the tone curve, which Display P3 shares."""


def colours(picture: Picture) -> Iterator[tuple[str, Picture, dict[str, Any]]]:
    """Name, picture and what its writer is told, for every colour space."""
    for name, (profile, mode) in _profiles().items():
        copy = picture.copy()
        copy = ImageCms.applyTransform(copy, _transform(name))
        assert copy is not None
        assert copy.mode == mode
        yield name, copy, {"icc_profile": profile}


@remember
def _profiles() -> dict[str, tuple[bytes, str]]:
    """Profile and Pillow's mode by name."""
    found = {"colour_p3": (display_p3(), "RGB")}
    for name, (source, file, mode) in {
        "colour_adobe": ("icc-profiles-free", "compatibleWithAdobeRGB1998.icc", "RGB"),
        "colour_cmyk": ("libgs-common", "default_cmyk.icc", "CMYK"),
        "colour_grey": ("icc-profiles-free", "Gray.icc", "L"),
    }.items():
        (path,) = package(source).rglob(file)
        found[name] = (path.read_bytes(), mode)
    return found


@remember
def _transform(name: str) -> ImageCms.ImageCmsTransform:
    profile, mode = _profiles()[name]
    target = ImageCms.ImageCmsProfile(io.BytesIO(profile))
    return ImageCms.buildTransform(ImageCms.createProfile("sRGB"), target, "RGB", mode)


def display_p3() -> bytes:
    """A profile of version 4 for Display P3 (ICC.1:2010, sections 7 and 10)."""
    numbers = [round(value * 65536) for value in SRGB_CURVE]
    curve = struct.pack(">4s4xHxx5i", b"para", 3, *numbers)
    white = (0.9642, 1.0, 0.8249)
    tags = {
        b"desc": _text("Display P3"),
        b"cprt": _text("No copyright"),
        b"wtpt": _place(white),
        **{name: _place(place) for name, place in P3_COLUMNS.items()},
        **dict.fromkeys((b"rTRC", b"gTRC", b"bTRC"), curve),
    }
    table, body = struct.pack(">I", len(tags)), b""
    for name, data in tags.items():
        table += struct.pack(">4sII", name, 132 + 12 * len(tags) + len(body), len(data))
        body += data + bytes(-len(data) % 4)
    length = 128 + len(table) + len(body)
    header = struct.pack(
        ">I4sI4s4s4s12s4s28x12s48x",
        *(length, b"", 0x04000000, b"mntr", b"RGB ", b"XYZ "),
        *(struct.pack(">6H", 2026, 1, 1, 0, 0, 0), b"acsp", _place(white)[8:]),
    )
    return header + table + body


def _place(values: tuple[float, float, float]) -> bytes:
    return struct.pack(">4s4x3i", b"XYZ ", *(round(value * 65536) for value in values))


def _text(text: str) -> bytes:
    words = text.encode("utf-16-be")
    return struct.pack(">4s4xII2s2sII", b"mluc", 1, 12, b"en", b"US", len(words), 28) + words
