"""What containers hold beside what decoders show: second pictures, masks, texts between parts."""

from __future__ import annotations

import base64
import struct

import pillow_heif
import pytest
from harness.containers import (
    box,
    chunk,
    encoded,
    iptc,
    jpeg_with,
    jpeg_with_xmp,
    png_with,
    resource,
)
from harness.exif import BASE, camera_exif
from harness.heif import track_of, with_primary, with_tracks
from harness.pictures import photo
from PIL import Image, ImageCms

pillow_heif.register_heif_opener()

PHOTOSHOP = b"Photoshop 3.0\0"
SRGB = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
NOISE = bytes(range(1, 256)) * 8
SMALL = encoded("JPEG", photo(40, 30))
LARGE = encoded("JPEG", photo(600, 450))


def unannounced_mask() -> bytes:
    picture = photo(80, 60)
    picture.putalpha(Image.radial_gradient("L").resize(picture.size))
    content = encoded("WEBP", picture, quality=80)
    return content[:20] + bytes([content[20] & ~0x10]) + content[21:]


def two_streams() -> bytes:
    other = encoded("JPEG2000", photo(80, 60).rotate(180))
    return encoded("JPEG2000") + other[other.index(b"jp2c") - 4 :]


def in_xmp(image: bytes) -> bytes:
    """A thumbnail as Adobe's programs write it."""
    text = base64.b64encode(image).decode()
    return jpeg_with_xmp(
        "<xmp:Thumbnails><rdf:Alt><rdf:li rdf:parseType='Resource'>"
        f"<xmpGImg:width>40</xmpGImg:width><xmpGImg:image>{text}</xmpGImg:image></rdf:li></rdf:Alt></xmp:Thumbnails>"
    )


def in_resource(image: bytes) -> bytes:
    return jpeg_with((0xED, PHOTOSHOP + resource(1036, bytes(28) + image)))


def in_iptc(number: int, content: bytes) -> bytes:
    return jpeg_with((0xED, PHOTOSHOP + resource(1028, iptc((number, content)))))


def aperture(width: int) -> bytes:
    """A HEIC of 160 pixels, of which so many are shown."""
    content = encoded("HEIF", photo(160, 128))
    clap = box(b"clap", struct.pack(">8I", width, 1, 128, 1, 0, 1, 0, 1))
    return with_primary_property(content, clap)


def with_primary_property(content: bytes, made: bytes) -> bytes:
    """A HEIC whose picture has one property more."""
    at = content.index(b"ipma") - 4
    length = int.from_bytes(content[at : at + 4], "big")
    table = bytearray(content[at : at + length])
    begin = content.index(b"ipco") - 4
    end = begin + int.from_bytes(content[begin : begin + 4], "big")
    count, place = 0, begin + 8
    while place < end:
        count, place = count + 1, place + int.from_bytes(content[place : place + 4], "big")
    # The first entry: item, number of properties, properties.
    table[18] += 1
    table = table[:19] + bytes([count + 1]) + table[19:]
    table[:4] = struct.pack(">I", len(table))
    changed = bytearray(content)
    changed[at : at + length] = table
    changed[end:end] = made
    added = len(made) + 1
    for name, more in ((b"ipco", len(made)), (b"iprp", added), (b"meta", added)):
        here = changed.index(name) - 4
        (size,) = struct.unpack_from(">I", changed, here)
        struct.pack_into(">I", changed, here, size + more)
    return moved(bytes(changed), added)


def moved(content: bytes, by: int) -> bytes:
    """The same, with the data of items so much further behind."""
    media = content.index(b"mdat") + 4 - by
    return content.replace(struct.pack(">I", media), struct.pack(">I", media + by), 1)


def bmp(bits: int = 24, *, top: bool = False) -> bytes:
    if bits == 24:
        return encoded("BMP")
    pixels = b"".join(
        struct.pack("<H", number % 0x7FFF | (0x8000 if top and number % 3 else 0))
        for number in range(80 * 60)
    )
    header = struct.pack("<IiiHHIIiiII", 40, 80, 60, 1, 16, 0, len(pixels), 0, 0, 0, 0)
    return b"BM" + struct.pack("<IHHI", 54 + len(pixels), 0, 0, 54) + header + pixels


def sequence(*, clear: bool = False) -> bytes:
    """An AVIF of two frames, perhaps with transparency."""
    frames = [photo(80, 60), photo(80, 60).rotate(180)]
    if clear:
        for frame in frames:
            frame.putalpha(Image.radial_gradient("L").resize(frame.size))
    return encoded("AVIF", frames[0], save_all=True, append_images=frames[1:])


def with_other_cover() -> bytes:
    still = encoded("AVIF", photo(80, 60).rotate(90).resize((80, 60)))
    return with_primary(sequence(), still[still.index(b"mdat") + 4 :])


def with_depth_track() -> bytes:
    before, _, behind = sequence(clear=True).rpartition(b":alpha")
    return before + b":depth" + behind


def png_with_frame_astray() -> bytes:
    """A PNG of one frame, with data of a second one that nothing announces."""
    control = struct.pack(">IIIIIHHBB", 0, 80, 60, 0, 0, 1, 10, 0, 0)
    content = png_with((b"acTL", struct.pack(">II", 1, 0)), (b"fcTL", control))
    return content[:-12] + chunk(b"fdAT", struct.pack(">I", 1) + NOISE) + content[-12:]


def gif_with(block: bytes) -> bytes:
    content = encoded("GIF")
    at = 13 + (3 << ((content[10] & 7) + 1))
    return content[:at] + block + content[at:]


HELD = {
    "a mask that a WebP does not announce": (unannounced_mask(), "a mask of"),
    "a second codestream": (two_streams(), "another picture of"),
    "much behind the names of formats": (
        encoded("JPEG2000").replace(
            box(b"ftyp", b"jp2 \0\0\0\0jp2 "), box(b"ftyp", b"jp2 \0\0\0\0jp2 " + NOISE)
        ),
        "further data of 2 kB",
    ),
    "what a HEIC does not show of itself": (aperture(80), "another picture of 160 × 128 pixels"),
    "noise in the place of a thumbnail of Photoshop": (in_resource(NOISE), "another picture of"),
    "a large picture there": (in_resource(LARGE), "another picture of"),
    "no profile in the place of one": (
        jpeg_with((0xED, PHOTOSHOP + resource(1039, NOISE))),
        "further data of 2 kB",
    ),
    "a large picture in the place of one of IPTC": (in_iptc(202, LARGE), "another picture of"),
    "a time without a date": (in_iptc(60, b"101112+0200"), "the date taken"),
    "a large picture in the place of one of XMP": (in_xmp(LARGE), "another picture of"),
    "noise there": (in_xmp(NOISE), "another picture of"),
    "a latitude alone": (
        jpeg_with_xmp("<exif:GPSLatitude>48,8.25N</exif:GPSLatitude>"),
        "where it was taken",
    ),
    "a text between the properties of XMP": (
        jpeg_with_xmp("<dc:format>x</dc:format>Oma in the garden"),
        "a property (xml:text)",
    ),
    "something behind Photoshop's quality": (
        jpeg_with((0xEC, b"Ducky\0\1\0\4\0\0\0\x3c\0\0" + NOISE)),
        "further data of 2 kB",
    ),
    "more than a chunk says": (png_with((b"bKGD", bytes(6) + NOISE)), "further data of 2 kB"),
    "more than a control block says": (
        gif_with(b"!\xf9\x04\0\0\0\0\x05hello\0"),
        "further data of 5 bytes",
    ),
    "more than a loop says": (
        gif_with(b"!\xff\x0bNETSCAPE2.0\x03\1\0\0\x05\2\0\0\0\0\x05hello\0"),
        "further data of 5 bytes",
    ),
    "data of a frame that nothing announces": (png_with_frame_astray(), "another picture of 2 kB"),
    "a cover of a sequence that is none of its frames": (
        with_other_cover(),
        "another picture of",
    ),
    "a second track of frames": (
        with_tracks(sequence(), track_of(sequence())),
        "another picture of",
    ),
    "a track of depths": (with_depth_track(), "another picture of"),
    "frames that are not decoded because a still comes first": (
        sequence().replace(b"ftypavis", b"ftypavif", 1),
        "a movie of",
    ),
    "data of a sequence that are no frames": (
        sequence() + box(b"mdat", NOISE),
        "further data of 2 kB",
    ),
    "what is in the room of a sequence": (
        with_tracks(sequence(), box(b"free", NOISE)),
        "further data of 2 kB",
    ),
    "a story in the place of a name of XMP": (
        jpeg_with_xmp("", rdf_about="Oma in the garden. " * 20),
        "a property (rdf:about)",
    ),
    "a name that nobody gives": (jpeg_with_xmp("", rdf_ID="oma"), "a property (rdf:ID)"),
    "an instruction in XMP": (
        jpeg_with_xmp("<?note Oma in the garden?>"),
        "a property (xml:instruction)",
    ),
    "somebody's own properties under a usual prefix": (
        jpeg_with_xmp("<tiff:Software>Oma</tiff:Software>", xmlns_tiff="http://oma.example/"),
        "a technical detail",
    ),
    "a text in the place of a set of characters": (
        jpeg_with((0xED, PHOTOSHOP + resource(1028, b"\x1c\1\x5a\0\x11Oma in the garden"))),
        "a property (IPTC 1:90)",
    ),
    "much in the place of a version of Photoshop": (
        jpeg_with((0xED, PHOTOSHOP + resource(1057, NOISE))),
        "a technical detail",
    ),
    "a mask in the highest bit": (bmp(16, top=True), "a mask of 4800 pixels"),
}

WORTHLESS = {
    "a thumbnail of Photoshop": in_resource(SMALL),
    "a thumbnail of IPTC": in_iptc(202, SMALL),
    "a thumbnail of XMP": in_xmp(SMALL),
    "pixels that fill up a HEIC": aperture(152),
    "a profile of Photoshop": jpeg_with((0xED, PHOTOSHOP + resource(1039, SRGB))),
    "loops, and what is loaded ahead": gif_with(b"!\xff\x0bNETSCAPE2.0\x03\1\0\0\x05\2\0\0\0\0\0"),
    "sixteen bits": bmp(16),
    "a sequence": sequence(),
    "a sequence with transparency": sequence(clear=True),
    "names of XMP": jpeg_with_xmp(
        '<?xpacket end="w"?><tiff:Software>Darkroom</tiff:Software>',
        rdf_about="uuid:faf5bdd5-ba3d-11da-ad31-d33d75182f1b",
        xmlns_tiff="http://ns.adobe.com/tiff/1.0/",
    ),
    "a set of characters": jpeg_with((0xED, PHOTOSHOP + resource(1028, b"\x1c\1\x5a\0\3\x1b%G"))),
    "a version of Photoshop": jpeg_with((0xED, PHOTOSHOP + resource(1057, NOISE[:90]))),
}


@pytest.mark.parametrize("name", HELD)
def test_what_would_be_missed_is_told(words, name):
    content, expected = HELD[name]
    assert words(content).startswith(expected)


@pytest.mark.parametrize("name", WORTHLESS)
def test_what_nobody_would_miss_is_nothing(words, name):
    assert words(WORTHLESS[name]) == ""


@pytest.mark.parametrize(
    "parts",
    [
        [b"\1\2" + SRGB],
        [b"\0\0" + SRGB],
        [b"\1\1" + SRGB, b"\1\1" + SRGB],
    ],
    ids=["half of it", "no number", "twice"],
)
def test_a_profile_that_cannot_be_put_together_makes_another_picture(walk, parts):
    made = jpeg_with(*((0xE2, b"ICC_PROFILE\0" + part) for part in parts))
    assert walk(made).shown.startswith(b"broken profile=")


def test_a_profile_in_two_parts_in_any_order_is_one(walk):
    halves = [b"\2\2" + SRGB[200:], b"\1\2" + SRGB[:200]]
    made = jpeg_with(*((0xE2, b"ICC_PROFILE\0" + half) for half in halves))
    assert walk(made).shown == b""


def test_profiles_of_every_kind_are_shown_by_jpeg_2000(walk):
    for method in (2, 3, 4):
        content = encoded("JPEG2000")
        at = content.index(b"colr") - 4
        old = content[at : at + int.from_bytes(content[at : at + 4], "big")]
        new = box(b"colr", bytes([method, 0, 0]) + SRGB)
        header = content.index(b"jp2h") - 4
        (size,) = struct.unpack_from(">I", content, header)
        grown = content.replace(old, new)
        grown = grown[:header] + struct.pack(">I", size + len(new) - len(old)) + grown[header + 4 :]
        assert walk(grown).shown.startswith(b"jp2 profile=")


def test_pixels_of_a_bmp_that_are_not_square_make_another_picture(walk):
    content = bytearray(bmp())
    struct.pack_into("<ii", content, 38, 8000, 4000)
    assert walk(bytes(content)).shown == b"aspect=2.00 ;"
    assert walk(bmp()).shown == b""


def test_a_date_of_xmp_tells_parts_of_a_second_and_time_zone_as_exif_does(walk):
    text = "2019-06-03T14:22:07.12+02:00"
    told = {BASE.DateTimeOriginal: "2019:06:03 14:22:07"}
    whole = {**told, BASE.SubsecTimeOriginal: "12", BASE.OffsetTimeOriginal: "+02:00"}
    of_exif, of_short_exif = (
        set(walk(encoded("JPEG", exif=camera_exif({}, photo, {}))).items) for photo in (whole, told)
    )
    of_xmp = set(
        walk(jpeg_with_xmp(f"<exif:DateTimeOriginal>{text}</exif:DateTimeOriginal>")).items
    )
    assert of_xmp == of_exif > of_short_exif
