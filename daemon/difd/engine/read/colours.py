"""Colours as they are shown: pictures brought to sRGB by what their files say about their values.

For looks only. What is compared pixel by pixel stays as it is stored, with all that says how it is
shown beside it.
"""

from __future__ import annotations

import io
import re
import struct
from functools import lru_cache
from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from difd.engine.orientation import IDENTITY
from difd.engine.read.bands import AnyBand, Band

if TYPE_CHECKING:
    from PIL import ImageCms

_SPACES: Final = {"RGB": b"RGB ", "L": b"GRAY", "CMYK": b"CMYK"}
"""What a profile must be of to be one for pixels of a mode."""

_SPACE_AT: Final = 16
_HEAD: Final = 128
"""In a profile, where its space stands, and the length of its head."""

Chroma = tuple[float, ...]
"""White, red, green and blue, x and y of each, as PNG's `cHRM` has them."""

_D65: Final = (0.3127, 0.3290)
_SRGB: Final[Chroma] = (*_D65, 0.64, 0.33, 0.30, 0.60, 0.15, 0.06)
_ADOBE: Final[Chroma] = (*_D65, 0.64, 0.33, 0.21, 0.71, 0.15, 0.06)
_ADOBE_GAMMA: Final = 563 / 256
_PRIMARIES: Final[dict[int, Chroma]] = {
    1: _SRGB,
    9: (*_D65, 0.708, 0.292, 0.170, 0.797, 0.131, 0.046),
    11: (0.314, 0.351, 0.680, 0.320, 0.265, 0.690, 0.150, 0.060),
    12: (*_D65, 0.680, 0.320, 0.265, 0.690, 0.150, 0.060),
}
"""Of ITU-T H.273, by number: BT.709, BT.2020, DCI-P3, Display P3."""

_SRGB_CURVE: Final = (2.4, 1 / 1.055, 0.055 / 1.055, 1 / 12.92, 0.04045)
_VIDEO_CURVE: Final = (1 / 0.45, 1 / 1.099, 0.099 / 1.099, 1 / 4.5, 0.081)
_CURVES: Final = {
    **dict.fromkeys((1, 6, 14, 15), _VIDEO_CURVE),
    4: (2.2,),
    5: (2.8,),
    8: (1.0,),
    13: _SRGB_CURVE,
}
"""Of the same, as the numbers of an ICC curve. Those of high dynamic range are not here: what they
look like depends on the screen."""

_D50: Final = np.array([0.9642, 1.0, 0.8249])
_BRADFORD: Final = np.array(
    [[0.8951, 0.2664, -0.1614], [-0.7502, 1.7135, 0.0367], [0.0389, -0.0685, 1.0296]]
)

_NCLX: Final = re.compile(rb"(?:^|;)nclx=([0-9]+) ([0-9]+);")
_CICP: Final = re.compile(rb"(?:^|;)cicp=([0-9a-f]{2})([0-9a-f]{2})")
_GAMMA: Final = re.compile(rb"(?:^|;)gamma=([0-9]+);")
_CHROMA: Final = re.compile(rb"(?:^|;)chroma=\(([0-9, ]+)\);")
_PER_UNIT: Final = 100_000


def profile_of(picture: Image.Image, shown: bytes) -> bytes:
    """The profile by which a picture's values are shown; empty if that is as usual, or unknown.

    Args:
        picture: as opened.
        shown: what its file says about that beside the profile, see `survey`.
    """
    profile = picture.info.get("icc_profile")
    if isinstance(profile, bytes) and len(profile) > _HEAD:
        return b"" if _is_srgb(profile) else profile
    if found := _CICP.search(shown):
        return _by_numbers(int(found[1], 16), int(found[2], 16))
    if found := _NCLX.search(shown):
        return _by_numbers(int(found[1]), int(found[2]))
    if b"exif colours=Adobe RGB;" in shown:
        return _made(_ADOBE, (_ADOBE_GAMMA,))
    gamma, chroma = _GAMMA.search(shown), _CHROMA.search(shown)
    if gamma is None and chroma is None:
        return b""
    numbers = tuple(int(one) / _PER_UNIT for one in chroma[1].split(b",")) if chroma else _SRGB
    curve = (_PER_UNIT / int(gamma[1]),) if gamma else _SRGB_CURVE
    return _made(numbers, curve)


def as_shown(image: Image.Image, profile: bytes) -> Image.Image:
    """A picture in sRGB: L, RGB or CMYK become RGB, RGBA stays; others are as they were.

    Args:
        image: with or without its palette.
        profile: see `profile_of`; of another kind of values than the picture's, it is passed over.
    """
    if not profile:
        return image
    if image.mode in {"P", "PA", "LA", "RGBA"} or "transparency" in image.info:
        coloured = image.convert("RGBA")
        shown = as_shown(coloured.convert("RGB"), profile)
        shown.putalpha(coloured.getchannel("A"))
        return shown
    transform = _transform(profile, image.mode)
    if transform is None:
        return image
    made: Image.Image = transform.apply(image)
    return made


def shown_band(band: AnyBand, profile: bytes) -> Band:
    """Some rows of a picture in sRGB."""
    image = as_shown(band.image, profile)
    return Band(image, 0, image.height, IDENTITY, None)


@lru_cache(maxsize=16)
def _transform(profile: bytes, mode: str) -> ImageCms.ImageCmsTransform | None:
    from PIL import ImageCms  # noqa: PLC0415  few pictures have a profile of their own

    if _SPACES.get(mode) != profile[_SPACE_AT : _SPACE_AT + 4]:
        return None
    try:
        return ImageCms.ImageCmsTransform(
            ImageCms.ImageCmsProfile(io.BytesIO(profile)),
            ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")),
            mode,
            "RGB",
        )
    except (ImageCms.PyCMSError, OSError, ValueError):
        return None


@lru_cache(maxsize=64)
def _is_srgb(profile: bytes) -> bool:
    from PIL import ImageCms  # noqa: PLC0415  the same

    try:
        name = ImageCms.getProfileDescription(ImageCms.ImageCmsProfile(io.BytesIO(profile)))
    except (ImageCms.PyCMSError, OSError):
        return True
    return "srgb" in name.lower()


def _by_numbers(primaries: int, transfer: int) -> bytes:
    if primaries not in _PRIMARIES or transfer not in _CURVES:
        return b""
    if (primaries, transfer) == (1, 13):
        return b""
    return _made(_PRIMARIES[primaries], _CURVES[transfer])


@lru_cache(maxsize=64)
def _made(chroma: Chroma, curve: tuple[float, ...]) -> bytes:
    """A profile of three primaries and one curve (ICC.1:2022); empty if there can be none."""
    try:
        colorants = _colorants(chroma)
    except (np.linalg.LinAlgError, ZeroDivisionError, ValueError):
        return b""
    kind = {1: 0, 5: 3}[len(curve)]
    tone = struct.pack(">4s4xH2x", b"para", kind) + _fixed(*curve)
    tags = {b"wtpt": _xyz(_D50)}
    tags |= {name: _xyz(column) for name, column in zip(_COLORANTS, colorants.T, strict=True)}
    tags |= dict.fromkeys((b"rTRC", b"gTRC", b"bTRC"), tone)
    table, body = b"", b""
    start = _HEAD + 4 + 12 * len(tags)
    for name, content in tags.items():
        table += struct.pack(">4sII", name, start + len(body), len(content))
        body += content + bytes(-len(content) % 4)
    head = struct.pack(
        ">I4sI4s4s4s12x4s28x12s48x",
        start + len(body),
        bytes(4),
        0x04200000,
        b"mntr",
        b"RGB ",
        b"XYZ ",
        b"acsp",
        _fixed(*_D50),
    )
    return head + struct.pack(">I", len(tags)) + table + body


_COLORANTS: Final = (b"rXYZ", b"gXYZ", b"bXYZ")


def _colorants(chroma: Chroma) -> NDArray[np.float64]:
    """The primaries as seen under D50, a column each."""
    pairs = np.array(chroma, np.float64).reshape(4, 2)
    if (pairs[:, 1] <= 0).any():
        raise ValueError("a colour without brightness")
    points = np.stack([pairs[:, 0], pairs[:, 1], 1 - pairs.sum(axis=1)]) / pairs[:, 1]
    white, primaries = points[:, 0], points[:, 1:]
    scaled = primaries * np.linalg.solve(primaries, white)
    cones = (_BRADFORD @ _D50) / (_BRADFORD @ white)
    adapted: NDArray[np.float64] = np.linalg.solve(_BRADFORD, cones[:, None] * (_BRADFORD @ scaled))
    return adapted


def _xyz(values: NDArray[np.float64]) -> bytes:
    return struct.pack(">4s4x", b"XYZ ") + _fixed(*values.tolist())


def _fixed(*values: float) -> bytes:
    return struct.pack(f">{len(values)}i", *(round(value * 65536) for value in values))
