"""What a file holds beside its pixels is found in every container, and told in common words."""

from __future__ import annotations

import io
import struct
import zipfile
import zlib

import numpy as np
import pillow_heif
import pytest
from harness.containers import (
    MOVIE,
    box,
    encoded,
    iptc,
    jpeg_with,
    jpeg_with_xmp,
    png_with,
    resource,
    tiff_of,
    tiff_with,
    webp_with,
    xmp,
)
from harness.pictures import photo
from PIL import Image, PngImagePlugin

pillow_heif.register_heif_opener()


def archive() -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as made:
        made.writestr("diary.txt", "dear diary " * 20)
    return stream.getvalue()


def exif_bytes(**directories) -> bytes:
    exif = Image.Exif()
    for tag, value in directories.get("main", {}).items():
        exif[tag] = value
    if "photo" in directories:
        exif[0x8769] = directories["photo"]
    if "place" in directories:
        exif[0x8825] = directories["place"]
    return exif.tobytes()


def png_text(**texts) -> bytes:
    info = PngImagePlugin.PngInfo()
    for keyword, text in texts.items():
        info.add_itxt(keyword, text, zip=len(text) > 20)
    return encoded("PNG", pnginfo=info)


def bmp_with_gap() -> bytes:
    content = encoded("BMP")
    gap = b"hidden!!" * 12 + b"1234"
    return content[:10] + struct.pack("<I", 54 + len(gap)) + content[14:54] + gap + content[54:]


PLACE = {1: "N", 2: (48.0, 1.0, 2.0), 3: "E", 4: (11.0, 1.0, 2.0)}
PHOTOSHOP = b"Photoshop 3.0\0"

HELD = {
    "a zip behind a JPEG": (encoded("JPEG") + archive(), "an archive of"),
    "a movie behind a JPEG": (encoded("JPEG") + MOVIE + b"LIVE_1", "a movie of 4 kB"),
    "a sound behind a JPEG": (
        encoded("JPEG") + b"\0\0\0\1SoundShot_000" + bytes(range(256)) * 9 + b"SEFHSEFT",
        "a sound of 2 kB",
    ),
    "a second JPEG": (encoded("JPEG") + encoded("JPEG") + b"DualShot_2", "another picture of"),
    "unknown data behind a JPEG": (encoded("JPEG") + bytes(range(1, 200)), "further data of"),
    "a comment": (jpeg_with((0xFE, b"Grandma, 1950")), "the comment 'Grandma, 1950'"),
    "two comments": (jpeg_with((0xFE, b"one"), (0xFE, b"two")), "2 comments"),
    "an unknown segment": (
        jpeg_with((0xE9, b"VENDOR\0" + b"x" * 500)),
        "further data of 507 bytes",
    ),
    "content credentials": (jpeg_with((0xEB, b"JP\0\1" + b"jumb" * 9)), "a technical detail"),
    "a caption in IPTC": (
        jpeg_with((0xED, PHOTOSHOP + resource(1028, iptc((120, b"The wedding"))))),
        "the caption 'The wedding'",
    ),
    "keywords in IPTC": (
        jpeg_with((0xED, PHOTOSHOP + resource(1028, iptc((25, b"one"), (25, b"two"))))),
        "2 keywords",
    ),
    "a path of Photoshop": (
        jpeg_with((0xED, PHOTOSHOP + resource(2000, b"knots" * 20))),
        "a mask of 100 bytes, a path",
    ),
    "a comment of Photoshop's own": (
        jpeg_with((0xEC, b"Ducky" + struct.pack(">HHI", 2, 12, 4) + "Oma!".encode("utf-16-be"))),
        "the comment 'Oma!'",
    ),
    "a depth map in XMP": (jpeg_with_xmp("", GDepth_Data="A" * 2000), "a depth map of 2 kB"),
    "keywords in XMP": (
        jpeg_with_xmp(
            "<dc:subject><rdf:Bag><rdf:li>a</rdf:li><rdf:li>b</rdf:li></rdf:Bag></dc:subject>"
        ),
        "2 keywords",
    ),
    "people in XMP": (jpeg_with_xmp("<mwg-rs:Regions>Oma</mwg-rs:Regions>"), "people in it"),
    "develop settings": (jpeg_with_xmp("", crs_Exposure2012="+1.50"), "settings of edits"),
    "an unknown property": (jpeg_with_xmp("<my:note>x</my:note>"), "a property (my:note)"),
    "extended XMP": (
        jpeg_with(
            (
                0xE1,
                b"http://ns.adobe.com/xmp/extension/\0"
                + b"0" * 32
                + struct.pack(">II", 999, 0)
                + xmp("", GImage_Data="B" * 900),
            )
        ),
        "another picture of",
    ),
    "a place": (jpeg_with((0xE1, exif_bytes(place=PLACE))), "where it was taken"),
    "a date": (
        jpeg_with((0xE1, exif_bytes(photo={0x9003: "2019:01:01 10:00:00"}))),
        "the date taken",
    ),
    "a camera": (jpeg_with((0xE1, exif_bytes(main={0x110: "EOS"}))), "the camera"),
    "a rating": (jpeg_with((0xE1, exif_bytes(main={0x4746: 4}))), "the rating"),
    "notes of the maker": (
        jpeg_with((0xE1, exif_bytes(photo={0x927C: b"Nikon\0secret"}))),
        "a technical detail",
    ),
    "keywords of Windows": (
        jpeg_with((0xE1, exif_bytes(main={0x9C9E: "one;two".encode("utf-16-le")}))),
        "2 keywords",
    ),
    "a comment of a user": (
        jpeg_with((0xE1, exif_bytes(photo={0x9286: b"ASCII\0\0\0hello"}))),
        "the comment 'hello'",
    ),
    "a prompt": (png_text(parameters="steps 30, seed 1"), "a text (parameters)"),
    "a drawing": (png_text(mxfile="%3Cmxfile%3E" * 50), "a text (mxfile)"),
    "a text in any language": (
        png_text(Title="Über allen Gipfeln"),
        "the title 'Über allen Gipfeln'",
    ),
    "XMP in a PNG": (
        png_text(**{"XML:com.adobe.xmp": xmp("", dc_title="x").decode()}),
        "the title",
    ),
    "private chunks": (
        png_with((b"prVW", b"1" * 500), (b"mkBF", b"2" * 500), (b"mkTS", b"3" * 500)),
        "3 pieces of further data",
    ),
    "data behind a PNG": (encoded("PNG") + bytes(range(1, 200)), "further data of 199 bytes"),
    "EXIF in a PNG": (encoded("PNG", exif=exif_bytes(main={0x110: "EOS"})), "the camera"),
    "XMP in a WebP": (encoded("WEBP", lossless=True, xmp=xmp("", dc_title="x")), "the title 'x'"),
    "EXIF in a WebP": (
        encoded("WEBP", lossless=True, exif=exif_bytes(main={0x110: "EOS"})),
        "the camera",
    ),
    "an unknown chunk of WebP": (webp_with((b"MYCH", b"secret")), "further data of 6 bytes"),
    "data behind a WebP": (encoded("WEBP") + archive(), "an archive"),
    "a comment in a GIF": (encoded("GIF", comment=b"who is this"), "the comment 'who is this'"),
    "a zip behind a GIF": (encoded("GIF") + archive(), "an archive of"),
    "an application's block": (
        encoded("GIF")[:-1] + b"\x21\xff\x0bMYAPP123ABC\x05hello\0\x3b",
        "further data of 5 bytes",
    ),
    "layers": (
        tiff_with(
            {37724: (7, b"Adobe Photoshop Document Data Block\0" + zlib.compress(b"l" * 99))}
        ),
        "layers of",
    ),
    "GeoTIFF": (tiff_with({33550: (12, (10.0, 10.0, 0.0))}), "where it was taken"),
    "IPTC in a TIFF": (tiff_with({33723: (7, iptc((120, b"Harbour")))}), "the caption 'Harbour'"),
    "XMP in a TIFF": (tiff_with({700: (1, xmp("", dc_title="x"))}), "the title 'x'"),
    "ImageJ's data": (tiff_with({50839: (1, b"IJIJ overlays")}), "a text (of ImageJ)"),
    "a private tag": (tiff_with({65000: (2, "mine")}), "a property (TIFF tag 65000)"),
    "a zip behind a TIFF": (encoded("TIFF") + archive(), "an archive of"),
    "data behind a BMP": (encoded("BMP") + bytes(range(1, 100)), "further data of 99 bytes"),
    "data in the gap of a BMP": (
        bmp_with_gap(),
        "further data of 100 bytes",
    ),
    "a comment of a PNM": (
        encoded("PPM").replace(b"P6\n", b"P6\n# Oma in the garden\n", 1),
        "the comment 'Oma in the garden'",
    ),
    "data behind a PNM": (encoded("PPM") + b"more" * 9, "further data of 36 bytes"),
    "data behind a QOI": (encoded("QOI") + b"more" * 9, "further data of 36 bytes"),
    "EXIF in a HEIC": (encoded("HEIF", exif=exif_bytes(main={0x110: "EOS"})), "the camera"),
    "XMP in an AVIF": (encoded("AVIF", xmp=xmp("", dc_title="x")), "the title 'x'"),
    "a movie behind a HEIC": (encoded("HEIF") + box(b"mpvd", MOVIE), "a movie of 4 kB"),
    "a box of nobody's": (encoded("AVIF") + box(b"myBX", b"x" * 99), "further data of 107 bytes"),
    "a box of JPEG 2000": (
        encoded("JPEG2000") + box(b"uuid", b"0123456789abcdef" + b"more"),
        "further data of 4 bytes",
    ),
}


@pytest.mark.parametrize("name", HELD)
def test_what_would_be_missed_is_told(words, name):
    content, expected = HELD[name]
    kind = "PPM" if content[:1] == b"P" else "QOI" if content[:4] == b"qoif" else ""
    assert words(content, kind).startswith(expected)


def test_a_second_picture_of_a_heic_is_told(words, tmp_path):
    file = pillow_heif.from_pillow(photo(80, 60))
    file.add_from_pillow(photo(64, 64).rotate(90))
    file.save(tmp_path / "a.heic", quality=80)
    assert words((tmp_path / "a.heic").read_bytes()).startswith("another picture of")


def test_a_depth_map_or_mask_below_a_page_is_told(words):
    deep = np.full((60, 80, 3), 300, np.uint16)

    def page(data: bytes, bits: int) -> list:
        return [
            (256, 3, 1, struct.pack("<H", 80)),
            (257, 3, 1, struct.pack("<H", 60)),
            (258, 3, 3, struct.pack("<3H", *[bits] * 3)),
            (259, 3, 1, struct.pack("<H", 1)),
            (262, 3, 1, struct.pack("<H", 2)),
            (277, 3, 1, struct.pack("<H", 3)),
            (278, 3, 1, struct.pack("<H", 60)),
            (279, 4, 1, struct.pack("<I", len(data))),
        ]

    plain = photo(80, 60).tobytes()
    content = tiff_of(
        [*page(plain, 8), (65001, 7, len(plain), plain)], page(deep.tobytes(), 16), below=1
    )
    assert "another picture of 80 × 60 pixels" in words(content)


WORTHLESS = {
    "plain JPEG": encoded("JPEG"),
    "progressive JPEG": encoded("JPEG", progressive=True, optimize=True),
    "a density": encoded("JPEG", dpi=(300, 300)),
    "an encoder's comment": jpeg_with(
        (0xFE, b"CREATOR: gd-jpeg v1.0 (using IJG JPEG v62), quality = 90\n")
    ),
    "another encoder's": jpeg_with((0xFE, b"Lavc58.134.100")),
    "a quality of Photoshop": jpeg_with((0xEC, b"Ducky\0\1\0\4\0\0\0\x3c\0\0")),
    "zeros behind the end": encoded("JPEG") + bytes(5000),
    "a thumbnail in Photoshop's resources": jpeg_with(
        (0xED, PHOTOSHOP + resource(1036, bytes(28) + encoded("JPEG", photo(40, 30))))
    ),
    "versions, sizes and programs in EXIF": jpeg_with(
        (
            0xE1,
            exif_bytes(
                main={
                    0x131: "GIMP 2.10",
                    0x132: "2020:01:01 10:00:00",
                    0x112: 1,
                    0x11A: 72.0,
                    0x11B: 72.0,
                },
                photo={0x9000: b"0230", 0xA002: 80, 0xA003: 60, 0xA001: 1},
            ),
        )
    ),
    "a name that a camera writes into all captions": jpeg_with(
        (0xE1, exif_bytes(main={0x10E: "OLYMPUS DIGITAL CAMERA         "}))
    ),
    "identities in XMP": jpeg_with_xmp(
        "",
        xmpMM_DocumentID="xmp.did:1",
        xmp_CreatorTool="x",
        xmp_ModifyDate="2020-01-01",
        tiff_Orientation="1",
        dc_format="image/jpeg",
        xmp_Rating="0",
    ),
    "plain PNG": encoded("PNG"),
    "a program and a time in a PNG": png_with(
        (b"tIME", b"\x07\xe4\1\1\1\1\1"),
        (b"tEXt", b"Software\0gimp"),
        (b"pHYs", b"\0\0\x0b\x13\0\0\x0b\x13\1"),
        (b"tEXt", b"Comment\0Created with GIMP"),
        (b"tEXt", b"date:create\0002020-01-01"),
    ),
    "plain WebP": encoded("WEBP"),
    "plain GIF": encoded("GIF"),
    "an animated GIF": encoded(
        "GIF", save_all=True, append_images=[photo(80, 60).rotate(90)], loop=0
    ),
    "plain TIFF": encoded("TIFF"),
    "packed TIFF": encoded("TIFF", compression="tiff_lzw", dpi=(300, 300)),
    "TIFF of two pages": encoded("TIFF", save_all=True, append_images=[photo(80, 60).rotate(90)]),
    "plain BMP": encoded("BMP"),
    "BMP with a palette": encoded("BMP", photo(80, 60).quantize(16)),
    "plain PNM": encoded("PPM"),
    "plain PGM": encoded("PPM", photo(80, 60).convert("L")),
    "plain PBM": encoded("PPM", photo(81, 60).convert("1")),
    "plain QOI": encoded("QOI"),
    "plain TGA": encoded("TGA"),
    "plain HEIC": encoded("HEIF"),
    "plain AVIF": encoded("AVIF"),
    "AVIF with alpha": encoded("AVIF", photo(80, 60).convert("RGBA")),
    "HEIC with alpha": encoded("HEIF", photo(80, 60).convert("RGBA")),
    "plain JPEG 2000": encoded("JPEG2000"),
    "JPEG XL in boxes": box(b"JXL ", b"\r\n\x87\n") + box(b"jxlc", encoded("JXL")),
}


@pytest.mark.parametrize("name", WORTHLESS)
def test_what_nobody_would_miss_is_not_told(walk, name):
    found = walk(
        WORTHLESS[name],
        {"TGA": "TGA", "PNM": "PPM", "PGM": "PPM", "PBM": "PPM"}.get(name.rpartition(" ")[2], ""),
    )
    assert found.items == []
    assert found.damage == ""
    assert found.shown in {b"", b"plays=0;"}


def test_a_file_that_is_not_understood_is_one_thing_that_others_lack(words):
    assert words(encoded("SGI")) == "a technical detail"
    assert words(encoded("JXL") + archive()) == "a technical detail"


def test_a_big_preview_that_mpf_lists_is_the_picture_itself(words):
    preview = encoded("JPEG", photo(40, 30))
    content = encoded("JPEG")

    def with_mpf(kind: int) -> bytes:
        # The offset counts from behind the heading of the segment: 2 + 4 + 4 bytes into the file.
        offset = len(content) + 2 + 2 + 4 + 58 - 10
        table = struct.pack("<2sHIH", b"II", 42, 8, 1) + struct.pack("<HHII", 0xB002, 7, 32, 26)
        table += bytes(4) + struct.pack("<IIII", 0x30000, len(content), 0, 0)
        table += struct.pack("<IIII", kind, len(preview), offset, 0)
        return jpeg_with((0xE2, b"MPF\0" + table), content=content) + preview

    assert words(with_mpf(0x010002)) == ""
    assert words(with_mpf(0x020002)).startswith("another picture of")
