"""Parts of picture files, byte by byte: segments, chunks, boxes, tables; and pictures with them."""

from __future__ import annotations

import io
import struct
import zlib
from typing import Any

from PIL import Image, TiffImagePlugin

from harness.pictures import photo

XMP_HEADING = b"http://ns.adobe.com/xap/1.0/\0"
MOVIE = (
    b"\0\0\0\x18ftypmp42\0\0\0\0mp42isom"
    + struct.pack(">I", 4000)
    + b"mdat"
    + bytes(range(256)) * 15
)


def encoded(kind: str, picture: Image.Image | None = None, **options: Any) -> bytes:
    """A picture as a file of some format."""
    stream = io.BytesIO()
    if kind == "AVIF":
        options.setdefault("speed", 10)
    (photo(80, 60) if picture is None else picture).save(stream, kind, **options)
    return stream.getvalue()


def jpeg_with(*segments: tuple[int, bytes], content: bytes | None = None) -> bytes:
    """A JPEG with further segments, each a marker's second byte and its content."""
    content = content or encoded("JPEG", quality=90)
    parts = b"".join(
        struct.pack(">BBH", 0xFF, marker, len(body) + 2) + body for marker, body in segments
    )
    return content[:2] + parts + content[2:]


def chunk(name: bytes, body: bytes) -> bytes:
    """A PNG chunk."""
    return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))


def png_with(*chunks: tuple[bytes, bytes], content: bytes | None = None) -> bytes:
    """A PNG with further chunks behind its header."""
    content = content or encoded("PNG")
    return content[:33] + b"".join(chunk(*one) for one in chunks) + content[33:]


def webp_with(*chunks: tuple[bytes, bytes]) -> bytes:
    """A lossless WebP with further chunks."""
    content = encoded("WEBP", lossless=True)
    parts = b"".join(
        name + struct.pack("<I", len(body)) + body + bytes(len(body) % 2) for name, body in chunks
    )
    return b"RIFF" + struct.pack("<I", len(content) - 8 + len(parts)) + content[8:] + parts


def box(name: bytes, body: bytes) -> bytes:
    """An ISO box."""
    return struct.pack(">I", len(body) + 8) + name + body


def xmp(body: str, **attributes: str) -> bytes:
    """An XMP packet around some properties."""
    told = " ".join(f'{key.replace("_", ":", 1)}="{text}"' for key, text in attributes.items())
    return (
        '<x:xmpmeta xmlns:x="adobe:ns:meta/">'
        '<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">'
        f"<rdf:Description {told}>{body}</rdf:Description></rdf:RDF></x:xmpmeta>"
    ).encode()


def jpeg_with_xmp(body: str, **attributes: str) -> bytes:
    """A JPEG with an XMP packet."""
    return jpeg_with((0xE1, XMP_HEADING + xmp(body, **attributes)))


def iptc(*datasets: tuple[int, bytes]) -> bytes:
    """IPTC's second record."""
    return b"".join(
        struct.pack(">BBBH", 0x1C, 2, number, len(text)) + text for number, text in datasets
    )


def resource(number: int, body: bytes) -> bytes:
    """A resource of Photoshop."""
    return b"8BIM" + struct.pack(">HHI", number, 0, len(body)) + body + bytes(len(body) % 2)


Entry = tuple[int, int, int, bytes]
"""Of a TIFF's directory: tag, type, count, value."""


def text_entry(tag: int, content: bytes) -> Entry:
    """A tag that is a text."""
    return tag, 2, len(content), content


def short_entry(tag: int, *numbers: int) -> Entry:
    """A tag of numbers of 16 bits."""
    return tag, 3, len(numbers), struct.pack(f"<{len(numbers)}H", *numbers)


def tiff_of(*directories: list[Entry], below: int = 0) -> bytes:
    """A TIFF of directories.

    Args:
        directories: chained, but the last `below` ones, which are under tag 330 of the first.
    """
    content = b"II*\0" + bytes(4)
    places = []
    for number, entries in enumerate(directories):
        table = []
        for tag, kind, count, value in sorted(entries):
            if len(value) > 4:
                content += bytes(len(content) % 2)
                table.append((tag, kind, count, struct.pack("<I", len(content))))
                content += value
            else:
                table.append((tag, kind, count, value.ljust(4, b"\0")))
        places.append((len(content), table, number))
        content += bytes(2 + 12 * (len(table) + 1) + 4)
    out = bytearray(content)
    chained = places[: len(places) - below]
    struct.pack_into("<I", out, 4, places[0][0])
    for at, own, number in places:
        under = [(330, 4, below, struct.pack("<I", places[-1][0]))] if below and not number else []
        table = sorted([*own, *under])
        struct.pack_into("<H", out, at, len(table))
        for place, (tag, kind, count, value) in enumerate(table):
            struct.pack_into("<HHI4s", out, at + 2 + 12 * place, tag, kind, count, value)
        following = [one[0] for one in chained if one[2] == number + 1]
        end = at + 2 + 12 * len(table)
        struct.pack_into("<I", out, end, following[0] if following and number + 1 else 0)
    return bytes(out)


def tiff_with(tags: dict[int, tuple[int, Any]], **options: Any) -> bytes:
    """A TIFF written by Pillow with tags of (type, value)."""
    directory = TiffImagePlugin.ImageFileDirectory_v2()
    for tag, (kind, value) in tags.items():
        directory.tagtype[tag] = kind
        directory[tag] = value
    return encoded("TIFF", tiffinfo=directory, compression="tiff_adobe_deflate", **options)


def without_decoding(kind: str, content: bytes) -> bytes:
    """The same pixels as a plain PNG."""
    with Image.open(io.BytesIO(content)) as picture:
        picture.load()
        plain = picture.copy()
    plain.info = {}
    return encoded(kind, plain)
