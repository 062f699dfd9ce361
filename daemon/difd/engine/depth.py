"""Which files hold more than the 8 bits per channel that Pillow decodes them to.

Two such files can be decoded to the same pixels and still differ, so they are never called equal
in pixels: only equal in bytes.
"""

from __future__ import annotations

from typing import IO, Final

from PIL import Image

_HEAD: Final = 1 << 16
"""Enough of a file for the boxes that name its depth."""

_SIZ_MARKERS: Final = b"\xff\x4f\xff\x51"
"""Start of a JPEG 2000 codestream: SOC and SIZ."""

_SIZ_COMPONENTS: Final = 40
"""Offset of the number of components, from SOC."""

_NARROW: Final = 8
_AV1_HIGH_DEPTH: Final = 0x40


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
            return _avif_is_deep(_head(stream))
        case "JPEG2000":
            return _jpeg2000_is_deep(_head(stream))
        case "JXL":
            # The plugin does not tell; only a packed JPEG is known to have 8 bits.
            return not getattr(picture, "jpeg", False)
        case _:
            return any(_is_deep_tile(tile) for tile in getattr(picture, "tile", ()))


def _head(stream: IO[bytes]) -> bytes:
    position = stream.tell()
    stream.seek(0)
    head = stream.read(_HEAD)
    stream.seek(position)
    return head


def _avif_is_deep(head: bytes) -> bool:
    """Read high_bitdepth of the AV1 configuration box; a file without one counts as deep."""
    at = head.find(b"av1C")
    if at < 0 or at + 6 >= len(head):
        return True
    return bool(head[at + 6] & _AV1_HIGH_DEPTH)


def _jpeg2000_is_deep(head: bytes) -> bool:
    start = head.find(_SIZ_MARKERS)
    first = start + _SIZ_COMPONENTS + 2
    if start < 0 or first > len(head):
        return True
    components = int.from_bytes(head[first - 2 : first], "big")
    depths = head[first : first + 3 * components : 3]
    return any((depth & 0x7F) + 1 > _NARROW for depth in depths)


def _is_deep_tile(tile: tuple[object, ...]) -> bool:
    """Whether a decoder reads 16-bit values (raw modes such as "RGB;16B", "SGI16"), or BC6H."""
    codec, arguments = str(tile[0]), tile[3]
    parts = arguments if isinstance(arguments, tuple) else (arguments,)
    if codec == "bcn":
        return parts[:1] == (6,)
    if codec.startswith("ppm"):
        return any(isinstance(part, int) and part > 255 for part in parts)  # noqa: PLR2004
    return "16" in codec or any(isinstance(part, str) and ";16" in part for part in parts)
