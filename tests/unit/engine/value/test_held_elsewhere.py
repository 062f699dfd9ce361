"""What a file holds is found, too, where other things are expected, or where nobody looks."""

from __future__ import annotations

import io
import struct

import numpy as np
import pillow_heif
import pytest
from harness.containers import (
    MOVIE,
    box,
    chunk,
    encoded,
    jpeg_with,
    jpeg_with_xmp,
    png_with,
    resource,
    tiff_of,
    tiff_with,
    xmp,
)
from harness.heif import with_meta_box, with_property, with_tracks
from harness.pictures import photo
from PIL import Image

pillow_heif.register_heif_opener()

MASK = (np.arange(9000) % 7 > 2).astype(np.uint8).tobytes().replace(b"\1", b"\xff")
PHOTOSHOP = b"Photoshop 3.0\0"
SMALL = encoded("JPEG", photo(40, 30))
LARGE = encoded("JPEG", photo(1200, 900))


def exif(main: dict | None = None, photo: dict | None = None, place: dict | None = None) -> bytes:
    made = Image.Exif()
    for tag, value in (main or {}).items():
        made[tag] = value
    if photo:
        made[0x8769] = photo
    if place:
        made[0x8825] = place
    return made.tobytes()


def with_exif(*directories: dict) -> bytes:
    return jpeg_with((0xE1, exif(*directories)))


def with_thumbnail(content: bytes) -> bytes:
    entries = [(259, 3, 6), (513, 4, 14 + 2 + 36 + 4), (514, 4, len(content))]
    body = b"II*\0" + struct.pack("<IHI", 8, 0, 14) + struct.pack("<H", len(entries))
    for tag, kind, value in entries:
        body += struct.pack("<HHII", tag, kind, 1, value)
    return jpeg_with((0xE1, b"Exif\0\0" + body + bytes(4) + content))


def with_preview(preview: bytes, length: int, behind: bytes = b"") -> bytes:
    """A JPEG whose list of pictures names a large preview."""

    def head(size: int, offset: int) -> bytes:
        body = b"MPF\0II*\0" + struct.pack("<IH", 8, 3)
        body += struct.pack("<HHI4s", 0xB000, 7, 4, b"0100") + struct.pack("<HHII", 0xB001, 4, 1, 2)
        body += struct.pack("<HHIII", 0xB002, 7, 32, 50, 0)
        body += struct.pack("<IIIHH", 0x30000, size, 0, 0, 0)
        return jpeg_with((0xE2, body + struct.pack("<IIIHH", 0x10002, length, offset, 0, 0)))

    size = len(head(0, 0))
    return head(size, size - 10) + preview + behind


def apng(shown: int) -> bytes:
    stream = io.BytesIO()
    photo(80, 60).save(stream, "PNG", save_all=True, append_images=[photo(80, 60).rotate(180)])
    content = stream.getvalue()
    at = content.index(b"acTL") - 4
    table = chunk(b"acTL", struct.pack(">II", shown, 0)) if shown else b""
    return content[:at] + table + content[at + 20 :]


def bmp32() -> bytes:
    pixels = np.dstack([np.array(photo(80, 60)), np.arange(4800).reshape(60, 80) % 251])
    head = struct.pack("<IHHI", 54 + 19200, 0, 0, 54)
    head += struct.pack("<IiiHHIIiiII", 40, 80, 60, 1, 32, 0, 19200, 0, 0, 0, 0)
    return b"BM" + head + pixels.astype(np.uint8).tobytes()


def tga(**options) -> bytes:
    content = encoded("TGA", **options)
    end = len(content) - 26
    extra = b"Oma in the garden".ljust(495, b"\0")
    return content[:end] + extra + struct.pack("<II", end, 0) + b"TRUEVISION-XFILE.\0"


def jp2_with(inner: bytes) -> bytes:
    content = encoded("JPEG2000", irreversible=False)
    at = content.index(b"jp2h") - 4
    (length,) = struct.unpack_from(">I", content, at)
    end = at + length
    grown = struct.pack(">I", length + len(inner)) + content[at + 4 : end]
    return content[:at] + grown + inner + content[end:]


def two_webp() -> bytes:
    content, other = (
        encoded("WEBP", picture, lossless=True) for picture in (photo(80, 60), photo(64, 64))
    )
    return b"RIFF" + struct.pack("<I", len(content) + len(other) - 20) + content[8:] + other[12:]


UDES = box(b"udes", bytes(4) + b"de\0Oma\0Her birthday\0family,garden\0")
FLOATS = b"Pf\n80 60\n-1.0\n" + np.zeros((60, 80), "<f4").tobytes()
DIGITS = b"P2\n2 2\n255\n1 2 3 4\n"


def with_table(*tables: list) -> bytes:
    return jpeg_with((0xE1, b"Exif\0\0" + tiff_of(*tables)))


def sequence(*more: bytes) -> bytes:
    """An AVIF of two frames, with more boxes among its tracks."""
    content = encoded("AVIF", save_all=True, append_images=[photo(80, 60).rotate(180)])
    return with_tracks(content, *more)


SOUND = box(b"trak", box(b"mdia", box(b"hdlr", bytes(8) + b"soun" + bytes(13))))

HELD = {
    "a text of a sequence": (sequence(box(b"udta", b"Oma")), "further data of 11 bytes"),
    "a sound of a sequence": (sequence(SOUND), "a sound of 49 bytes"),
    "a caption that stands twice": (
        with_table([(270, 2, 4, b"Oma\0"), (270, 2, 4, b"Opa\0")]),
        "the caption 'Oma', a property (TIFF tag 270)",
    ),
    "a caption of the thumbnail": (
        with_table([(271, 2, 4, b"Abc\0")], [(270, 2, 4, b"Oma\0")]),
        "the caption 'Oma'",
    ),
    "a profile in EXIF": (
        with_table([(34675, 7, 60, b"profile" * 8 + b"1234")]),
        "a property (TIFF tag 34675)",
    ),
    "a text before an element of XMP": (
        jpeg_with_xmp("<dc:description>Oma<rdf:Alt><rdf:li>x</rdf:li></rdf:Alt></dc:description>"),
        "2 captions",
    ),
    "a mask of black and white behind a JPEG": (encoded("JPEG") + MASK, "further data of 9 kB"),
    "one in a segment": (jpeg_with((0xE9, MASK)), "further data of 9 kB"),
    "one in a tag": (tiff_with({65001: (7, MASK[:900])}), "a property (TIFF tag 65001)"),
    "a rating in per cent": (with_exif({0x4749: 80}), "the rating"),
    "a rejection": (jpeg_with_xmp("", xmp_Rating="-1"), "the rating"),
    "the date of a scanner": (
        with_exif({271: "EPSON", 305: "EPSON Scan", 306: "2001:02:03 04:05:06"}),
        "the date taken, the camera",
    ),
    "a date of nobody": (with_exif({306: "2001:02:03 04:05:06"}), "the date taken"),
    "a year": (jpeg_with_xmp("", photoshop_DateCreated="1931"), "the date taken"),
    "a date in words": (with_exif({}, {0x9003: "summer of 1984"}), "the date taken"),
    "half a place": (with_exif({}, {}, {1: "N", 2: (48.0, 1.0, 2.0)}), "where it was taken"),
    "a second name in a copyright": (
        with_exif({33432: "Oma\0Opa"}),
        "2 names of author or copyright",
    ),
    "more than an encoder's name": (
        jpeg_with((0xFE, b"CREATOR: GIMP and it is Oma at 80")),
        "the comment 'CREATOR: GIMP and it is Oma at 80'",
    ),
    "a remark on compression": (
        jpeg_with((0xFE, b"Compressed with love by Oma")),
        "the comment 'Compressed with love by Oma'",
    ),
    "a copyright flag": (
        jpeg_with((0xED, PHOTOSHOP + resource(1034, b"\1"))),
        "author or copyright",
    ),
    "guides": (
        jpeg_with((0xED, PHOTOSHOP + resource(1032, bytes(12) + b"\0\0\0\1\0\0\1\0\0"))),
        "settings of edits",
    ),
    "no JPEG in the place of a thumbnail": (with_thumbnail(b"PK\3\4" * 99), "another picture"),
    "a large picture there": (with_thumbnail(LARGE[:60000] + b"\xff\xd9"), "another picture"),
    "no thumbnail in JFIF's extension": (
        jpeg_with((0xE0, b"JFXX\0\x10" + b"PK\3\4" * 99)),
        "further data of 402 bytes",
    ),
    "data behind JFIF's thumbnail": (
        jpeg_with((0xE0, b"JFIF\0\1\1\0\0\1\0\1\0\0" + b"secret" * 9)),
        "further data of 54 bytes",
    ),
    "a movie that is called part of a preview": (
        with_preview(SMALL, len(SMALL) + len(MOVIE), MOVIE),
        "a movie of 4 kB",
    ),
    "a preview larger than the picture": (with_preview(LARGE, len(LARGE)), "another picture of"),
    "a note in XMP": (
        jpeg_with(
            (
                0xE1,
                b"http://ns.adobe.com/xap/1.0/\0"
                + xmp("").replace(b"</rdf:RDF>", b"<!-- Oma --></rdf:RDF>"),
            )
        ),
        "a property (xml:comment)",
    ),
    "frames without their table": (apng(0), "another picture of"),
    "more frames than are told": (apng(1), "another picture of"),
    "a palette of one's own": (
        png_with((b"sPLT", b"mine\0\x08" + bytes(range(60)))),
        "a technical",
    ),
    "a signature in words": (png_with((b"tEXt", b"Signature\0Oma, 1931")), "a text (Signature)"),
    "a second picture in a WebP": (two_webp(), "another picture of"),
    "transparency that is not decoded": (bmp32(), "a mask of 4800 pixels"),
    "a text behind a packed TGA": (tga(compression="tga_rle"), "a property (495 bytes"),
    "data behind a packed TGA": (
        encoded("TGA", compression="tga_rle")[:-26] + b"secret" * 9,
        "further data of 54 bytes",
    ),
    "data behind a picture of floats": (FLOATS + b"secret", "further data of 6 bytes"),
    "data behind digits": (DIGITS + b"5 6 7", "further data of 5 bytes"),
    "a comment behind digits": (DIGITS + b"# Oma\n", "the comment 'Oma'"),
    "a comment of JPEG 2000": (encoded("JPEG2000", comment="Oma"), "the comment 'Oma'"),
    "a box in the header of JPEG 2000": (jp2_with(box(b"lbl ", b"Oma")), "a property (lbl)"),
    "data behind a bare codestream": (
        encoded("JPEG2000", no_jp2=True) + b"secret",
        "further data of 6 bytes",
    ),
    "a description of a HEIC": (
        with_property(encoded("HEIF"), UDES),
        "the caption 'Her birthday', the title 'Oma', 2 keywords",
    ),
    "a property of nobody's": (
        with_property(encoded("AVIF"), box(b"mYpr", b"note")),
        "a property (mYpr)",
    ),
    "XMP among the items": (
        with_meta_box(encoded("AVIF"), box(b"xml ", bytes(4) + xmp("", dc_title="x"))),
        "the title 'x'",
    ),
    "a box among the items": (
        with_meta_box(encoded("HEIF"), box(b"uuid", b"0123456789abcdefmore")),
        "further data of 20 bytes",
    ),
}


def kind_of(name: str, content: bytes) -> str:
    return "TGA" if "TGA" in name else "PPM" if content[:1] == b"P" else ""


@pytest.mark.parametrize("name", HELD)
def test_what_would_be_missed_is_told(words, name):
    content, expected = HELD[name]
    assert words(content, kind_of(name, content)).startswith(expected)


WORTHLESS = {
    "a thumbnail": with_thumbnail(SMALL + bytes(50)),
    "a thumbnail that is cut off": with_thumbnail(SMALL[:-20]),
    "a thumbnail that somebody took out": with_thumbnail(b""),
    "a thumbnail of JFIF": jpeg_with((0xE0, b"JFXX\0\x10" + SMALL)),
    "a preview": with_preview(SMALL, len(SMALL)),
    "a change by a program": with_exif({305: "GIMP 2.10", 306: "2024:02:03 04:05:06"}),
    "a date of nothing": with_exif({}, {0x9003: "0000:00:00 00:00:00"}),
    "an encoder with a quality": jpeg_with(
        (0xFE, b"CREATOR: XV Version 3.10a  Rev: 12/29/94  Quality = 75, Smoothing = 0\n")
    ),
    "an optimizer": jpeg_with((0xFE, b"Optimized by JPEGmini 3.14.2.1 0x4b9e0a1e")),
    "an editor of GIFs": encoded("GIF", comment=b"GIF resized on https://ezgif.com/resize"),
    "the sum of pixels": png_with((b"tEXt", b"Signature\0" + b"0a" * 32)),
    "a used-up fourth byte": bmp32()[:54] + bytes(19200),
    "an encoder of JPEG 2000": encoded("JPEG2000"),
    "a bare codestream": encoded("JPEG2000", no_jp2=True),
    "free room in a HEIC": with_meta_box(encoded("HEIF"), box(b"free", bytes(40))),
    "a packed TGA": encoded("TGA", compression="tga_rle"),
    "a sequence": sequence(),
    "floats": FLOATS,
    "digits": DIGITS,
}


@pytest.mark.parametrize("name", WORTHLESS)
def test_what_nobody_would_miss_is_nothing(words, name):
    assert words(WORTHLESS[name], kind_of(name, WORTHLESS[name])) == ""


def test_a_profile_that_cannot_be_read_is_part_of_how_it_is_shown(walk):
    assert walk(png_with((b"iCCP", b"x\0\0broken"))).shown
    assert walk(FLOATS.replace(b"-1.0", b"-2.0"), "PPM").shown


def test_more_bytes_in_a_strip_than_its_pixels_take_are_told(words):
    content = encoded("TIFF", photo(80, 60))
    length = struct.pack("<I", 80 * 60 * 3)
    assert content.count(length) == 1
    assert words(content) == ""
    longer = content.replace(length, struct.pack("<I", 80 * 60 * 3 + 120)) + b"Oma" * 40
    assert words(longer).startswith("further data of")


def test_a_profile_that_a_webp_does_not_announce_is_told(words):
    stream = io.BytesIO()
    photo(80, 60).save(stream, "WEBP", lossless=True, icc_profile=b"p" * 100)
    content = stream.getvalue()
    assert words(content) == ""
    hidden = content[:20] + bytes([content[20] & ~0x20]) + content[21:]
    assert words(hidden) == "further data of 100 bytes"
