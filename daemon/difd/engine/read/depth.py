"""How deep a file's channels are, and whether Pillow decodes them to less.

Two such files can be decoded to the same pixels and still differ, so they are never called equal
in pixels: only equal in bytes.
"""

from __future__ import annotations

from typing import IO, Final

from PIL import ExifTags, Image

_HEAD: Final = 1 << 16
"""Enough of a file for the boxes that name its depth."""

_SIZ_MARKERS: Final = b"\xff\x4f\xff\x51"
"""Start of a JPEG 2000 codestream: SOC and SIZ."""

_SIZ_COMPONENTS: Final = 40
"""Offset of the number of components, from SOC."""

_NARROW: Final = 8
_UNKNOWN: Final = 99
"""A depth that is not told counts as deep."""

_AV1_HIGH_DEPTH: Final = 0x40
_AV1_TWELVE_BITS: Final = 0x20

_IHDR_DEPTH: Final = 24
"""Offset of a PNG's bit depth, from its beginning."""

_MODE_BITS: Final = {"1": 1, "I;16": 16, "I;16B": 16, "I": 32, "F": 32}
"""Bits a channel of Pillow's modes; all others have 8."""


def is_reduced(picture: Image.Image, stream: IO[bytes]) -> bool:
    """Whether decoding loses depth; to be asked before the picture is loaded.

    Args:
        picture: opened and not yet loaded.
        stream: the file it was opened from.
    """
    if picture.mode.startswith("I") or picture.mode in {"F", "1", "P"}:
        return False
    match picture.format:
        case "HEIF":
            return int(picture.info.get("bit_depth", _NARROW)) > _NARROW
        case "AVIF":
            return _avif_bits(_head(stream)) != _NARROW
        case "JPEG2000":
            return max(_jpeg2000_bits(_head(stream)), default=_UNKNOWN) > _NARROW
        case "JXL":
            # The plugin does not tell; only a packed JPEG is known to have 8 bits.
            return not getattr(picture, "jpeg", False)
        case _:
            return _is_deep(picture)


def bits_of(picture: Image.Image, stream: IO[bytes]) -> int | None:  # noqa: PLR0911  one a format
    """Bits a channel in the file, whatever it is decoded to; None if that is not known.

    Args:
        picture: opened from `stream`.
        stream: the file.
    """
    match picture.format:
        case "PNG":
            return _head(stream)[_IHDR_DEPTH]
        case "TIFF":
            return int(picture.tag_v2.get(ExifTags.Base.BitsPerSample, (1,))[0])  # type: ignore[attr-defined]
        case "JPEG" | "MPO":
            return int(picture.bits)  # type: ignore[attr-defined]
        case "HEIF":
            return int(picture.info.get("bit_depth", _NARROW))
        case "AVIF":
            return _avif_bits(_head(stream))
        case "JPEG2000":
            return max(_jpeg2000_bits(_head(stream)), default=None)
        case "JXL":
            return None
        case _ if _is_deep(picture):
            return 16
        case _:
            return _MODE_BITS.get(picture.mode, _NARROW)


def _head(stream: IO[bytes]) -> bytes:
    position = stream.tell()
    stream.seek(0)
    head = stream.read(_HEAD)
    stream.seek(position)
    return head


def _avif_bits(head: bytes) -> int | None:
    """Read high_bitdepth and twelve_bit of the AV1 configuration box; None without one."""
    at = head.find(b"av1C")
    if at < 0 or at + 6 >= len(head):
        return None
    flags = head[at + 6]
    if not flags & _AV1_HIGH_DEPTH:
        return _NARROW
    return 12 if flags & _AV1_TWELVE_BITS else 10


def _jpeg2000_bits(head: bytes) -> list[int]:
    """The depth of every component; empty if the header is not found."""
    start = head.find(_SIZ_MARKERS)
    first = start + _SIZ_COMPONENTS + 2
    if start < 0 or first > len(head):
        return []
    components = int.from_bytes(head[first - 2 : first], "big")
    return [(depth & 0x7F) + 1 for depth in head[first : first + 3 * components : 3]]


def _is_deep(picture: Image.Image) -> bool:
    return any(_is_deep_tile(tile) for tile in getattr(picture, "tile", ()))


def _is_deep_tile(tile: tuple[object, ...]) -> bool:
    """Whether a decoder reads 16-bit values (raw modes such as "RGB;16B", "SGI16"), or BC6H."""
    codec, arguments = str(tile[0]), tile[3]
    parts = arguments if isinstance(arguments, tuple) else (arguments,)
    if codec == "bcn":
        return parts[:1] == (6,)
    if codec.startswith("ppm"):
        return any(isinstance(part, int) and part > 255 for part in parts)  # noqa: PLR2004
    return "16" in codec or any(isinstance(part, str) and ";16" in part for part in parts)
