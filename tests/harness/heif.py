"""HEIF and AVIF files with further properties and boxes, whose other places move with them."""

from __future__ import annotations

import struct


def with_property(content: bytes, prop: bytes) -> bytes:
    """The file with a further property of no item."""
    return _grown(content, (b"meta", b"iprp", b"ipco"), prop)


def with_meta_box(content: bytes, box: bytes) -> bytes:
    """The file with a further box beside its items."""
    return _grown(content, (b"meta",), box)


def with_tracks(content: bytes, *more: bytes) -> bytes:
    """A sequence with more boxes among its tracks; what they point at stays where it is."""
    at = content.index(b"moov") - 4
    (length,) = struct.unpack_from(">I", content, at)
    inner = content[at + 8 : at + length] + b"".join(more)
    room = struct.pack(">I4s", length, b"free") + bytes(length - 8)
    movie = struct.pack(">I4s", len(inner) + 8, b"moov") + inner
    return content[:at] + room + content[at + length :] + movie


def track_of(content: bytes) -> bytes:
    """The first track of a sequence."""
    at = content.index(b"trak") - 4
    return content[at : at + int.from_bytes(content[at : at + 4], "big")]


def with_primary(content: bytes, picture: bytes) -> bytes:
    """The file with other data of its only item, behind all."""
    at = content.index(b"iloc") + 4
    if content[at : at + 6] != b"\0\0\0\0\x44\0":
        raise ValueError("not as libavif writes it: places and lengths in four bytes, no base")
    place = struct.pack(">II", len(content) + 8, len(picture))
    media = struct.pack(">I4s", len(picture) + 8, b"mdat") + picture
    return content[: at + 14] + place + content[at + 22 :] + media


def _grown(content: bytes, path: tuple[bytes, ...], more: bytes) -> bytes:
    chain = _places(content, path)
    at, length = chain[-1]
    grown = bytearray(content[: at + length] + more + content[at + length :])
    for place, size in chain:
        struct.pack_into(">I", grown, place, size + len(more))
    _move(grown, len(more))
    return bytes(grown)


def _places(content: bytes, path: tuple[bytes, ...]) -> list[tuple[int, int]]:
    at, found = 0, []
    for wanted in path:
        while True:
            length, name = struct.unpack_from(">I4s", content, at)
            if name == wanted:
                break
            at += length
        found.append((at, length))
        at += 12 if wanted == b"meta" else 8
    return found


def _move(content: bytearray, step: int) -> None:
    """Add to the places of all items."""
    at = _places(bytes(content), (b"meta", b"iloc"))[-1][0]
    version, sizes = content[at + 8], struct.unpack_from(">H", content, at + 12)[0]
    offset_size, length_size, base_size = sizes >> 12, sizes >> 8 & 15, sizes >> 4 & 15
    index_size = sizes & 15 if version in {1, 2} else 0
    wide = 4 if version == 2 else 2
    count = int.from_bytes(content[at + 14 : at + 14 + wide], "big")
    at += 14 + wide
    for _ in range(count):
        at += wide
        method = 0
        if version in {1, 2}:
            method = content[at + 1] & 15
            at += 2
        base = int.from_bytes(content[at + 2 : at + 2 + base_size], "big")
        if base and not method:
            content[at + 2 : at + 2 + base_size] = (base + step).to_bytes(base_size, "big")
        at += 2 + base_size
        extents = int.from_bytes(content[at : at + 2], "big")
        at += 2
        for _ in range(extents):
            at += index_size
            place = int.from_bytes(content[at : at + offset_size], "big")
            if not (base or method):
                content[at : at + offset_size] = (place + step).to_bytes(offset_size, "big")
            at += offset_size + length_size
