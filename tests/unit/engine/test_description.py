"""What a picture's file says about itself, whoever wrote it."""

from __future__ import annotations

import os
import random
from pathlib import Path

import msgspec
import pillow_heif
import pytest
from harness.exif import camera_exif
from harness.photos import small_photo
from PIL import ExifTags, Image, ImageCms, PngImagePlugin
from PIL.TiffImagePlugin import IFDRational

from difd.engine.show.description import describe
from difd.protocol.description import WORDS_MAX, Description

pillow_heif.register_heif_opener()

BASE, GPS = ExifTags.Base, ExifTags.GPS
XMP = b"""<?xpacket?><x:xmpmeta><rdf:RDF><rdf:Description tiff:Make="Leica"
 tiff:Model="Q2 &amp; more"
 exif:DateTimeOriginal="2020-01-02T03:04:05+01:00" exif:GPSLatitude="47,22.6134N"
 exif:GPSLongitude="8,32,30W" xmp:Rating="-1">
 <dc:title><rdf:Alt><rdf:li xml:lang="x-default">Hills</rdf:li></rdf:Alt></dc:title>
 <dc:subject><rdf:Bag> <rdf:li>Sea</rdf:li><rdf:li>Sun &amp; sand</rdf:li><rdf:li>Sea</rdf:li>
 </rdf:Bag></dc:subject>
 <xmp:CreatorTool>Lightroom</xmp:CreatorTool></rdf:Description></rdf:RDF></x:xmpmeta>"""


def told(path: Path) -> Description:
    answer = describe(os.fsencode(path))
    assert isinstance(answer, Description), answer
    return answer


@pytest.mark.parametrize("suffix", ["jpg", "png", "webp", "tiff", "heic", "avif"])
def test_a_camera_s_photo_tells_when_where_and_how(tmp_path, suffix):
    photo = small_photo("coffee.png", tmp_path / f"a.{suffix}", exif=camera_exif())
    found = told(photo)
    assert found.taken == "2019-06-03 14:22:07.12 +02:00"
    assert found.camera == "Canon EOS R5"
    assert found.lens == "RF24-70mm F2.8 L IS USM"
    assert found.exposure == "1/250 s, f/2.8, ISO 400, 50 mm (75 mm on 35 mm film)"
    assert found.place == "-33.85700, 151.21530, -19 m"
    assert found.software == "Darkroom 3"
    assert found.author == "Zoe"
    assert found.title == "By the sea"
    assert found.rating == 4
    assert found.depth == "8 bits: red, green, blue"
    assert found.profile == "sRGB, as its tags say"


def test_what_was_meant_as_utf_8_is_read_so(tmp_path):
    main = {BASE.Artist: "Zoë 山".encode()}
    assert (
        told(small_photo("coffee.png", tmp_path / "a.jpg", exif=camera_exif(main))).author
        == "Zoë 山"
    )


def test_xmp_tells_where_exif_is_silent(tmp_path):
    found = told(small_photo("coffee.png", tmp_path / "a.jpg", xmp=XMP))
    assert found.camera == "Leica Q2 & more"
    assert found.taken == "2020-01-02 03:04:05 +01:00"
    assert found.place == "47.37689, -8.54167"
    assert found.title == "Hills"
    assert found.keywords == "Sea, Sun & sand"
    assert found.software == "Lightroom"
    assert found.rating == -1


def test_keywords_of_windows_are_told(tmp_path):
    exif = camera_exif({0x9C9E: "Sea;Sun; ;Sea".encode("utf-16-le")})
    assert told(small_photo("coffee.png", tmp_path / "a.jpg", exif=exif)).keywords == "Sea, Sun"
    huge = b"<dc:subject>" + b"<rdf:li>" * 30_000
    assert told(small_photo("coffee.png", tmp_path / "b.jpg", xmp=huge[:60_000])).keywords is None


def test_a_lens_without_a_name_is_its_range(tmp_path):
    photo = {BASE.LensSpecification: (24.0, 70.0, 2.8, 2.8)}
    found = told(small_photo("coffee.png", tmp_path / "a.jpg", exif=camera_exif(photo=photo)))
    assert found.lens == "24 to 70 mm f/2.8"


def test_the_text_of_a_png_is_told(tmp_path):
    chunks = PngImagePlugin.PngInfo()
    chunks.add_text("Software", "GIMP")
    chunks.add_text("Author", "Ann")
    found = told(small_photo("coffee.png", tmp_path / "a.png", pnginfo=chunks))
    assert (found.software, found.author, found.title) == ("GIMP", "Ann", None)


def test_a_plain_picture_tells_nothing_but_its_depth(tmp_path):
    assert told(small_photo("coffee.png", tmp_path / "a.png")) == Description(
        depth="8 bits: red, green, blue"
    )


@pytest.mark.parametrize(
    ("mode", "name", "depth"),
    [
        ("1", "a.png", "1 bit: black and white"),
        ("I;16", "a.png", "16 bits: grey"),
        ("I;16", "a.tiff", "16 bits: grey"),
        ("F", "a.tiff", "32 bits: grey, floating point"),
        ("RGBA", "a.webp", "8 bits: red, green, blue, transparency"),
        ("CMYK", "a.jpg", "8 bits: cyan, magenta, yellow, black"),
        ("P", "a.gif", "8 bits: palette"),
        ("RGB", "a.jp2", "8 bits: red, green, blue"),
        ("RGB", "a.jxl", "red, green, blue"),
        ("RGB", "a.bmp", "8 bits: red, green, blue"),
    ],
)
def test_the_depth_is_the_file_s(tmp_path, mode, name, depth):
    Image.new(mode, (40, 30)).save(tmp_path / name)
    assert told(tmp_path / name).depth == depth


def test_the_colour_profile_has_its_name(tmp_path):
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    good = small_photo("coffee.png", tmp_path / "a.jpg", icc_profile=profile)
    assert told(good).profile == "sRGB built-in"
    bad = small_photo("coffee.png", tmp_path / "b.jpg", icc_profile=b"no profile at all" * 20)
    assert told(bad).profile == "damaged"


def test_an_animation_tells_how_many_pictures_it_has(tmp_path):
    frames = [Image.new("L", (20, 20), grey) for grey in (0, 100, 200)]
    frames[0].save(tmp_path / "a.gif", save_all=True, append_images=frames[1:])
    assert told(tmp_path / "a.gif").frames == 3


def test_texts_are_one_bounded_line_of_printable_characters(tmp_path):
    nasty = "a\r\n\x1b[31mb\u202ec\0hidden"
    main = {BASE.Make: nasty, BASE.Software: "x" * 5000, BASE.Artist: "<b>&amp;"}
    found = told(small_photo("coffee.png", tmp_path / "a.png", exif=camera_exif(main=main)))
    assert found.camera is not None
    assert found.camera.isprintable()
    assert "hidden" not in found.camera
    assert found.software == "x" * (WORDS_MAX - 1) + "…"
    assert found.author == "<b>&amp;", "escaping is the business of who shows it"


@pytest.mark.parametrize(
    "photo",
    [
        {BASE.ExposureTime: IFDRational(1, 0), BASE.FNumber: IFDRational(0, 0)},
        {BASE.ISOSpeedRatings: "fast", BASE.LensSpecification: (1.0,)},
        {BASE.DateTimeOriginal: "0000:00:00 00:00:00", BASE.LensModel: b"\xff\xfe"},
    ],
)
def test_a_damaged_tag_costs_that_tag_only(tmp_path, photo):
    place = {GPS.GPSLatitude: (999.0, 0.0, 0.0), GPS.GPSLongitude: (1.0,)}
    made = camera_exif(photo=photo, place=place)
    found = told(small_photo("coffee.png", tmp_path / "a.jpg", exif=made))
    assert (found.camera, found.place, found.taken) == ("Canon EOS R5", None, None)


def test_no_bytes_of_tags_make_it_fail(tmp_path):
    """Every answer is one that may cross the socket, whatever bits are flipped."""
    whole = bytearray(
        small_photo("coffee.png", tmp_path / "a.jpg", exif=camera_exif()).read_bytes()
    )
    tags = len(camera_exif())
    chance = random.Random(8)
    told_some = 0
    for _ in range(400):
        data = bytearray(whole)
        for _ in range(chance.randint(1, 12)):
            data[chance.randrange(24, 24 + tags)] = chance.randrange(256)
        (tmp_path / "b.jpg").write_bytes(data)
        answer = describe(os.fsencode(tmp_path / "b.jpg"))
        if isinstance(answer, Description):
            told_some += answer.camera is not None
            encoded = msgspec.msgpack.encode(answer)
            assert msgspec.msgpack.decode(encoded, type=Description) == answer
            texts = [text for text in msgspec.structs.astuple(answer) if isinstance(text, str)]
            assert all(text.isprintable() and len(text) <= WORDS_MAX for text in texts)
    assert told_some > 50, "most tags are still told"


def test_what_is_no_picture_says_why(tmp_path):
    (tmp_path / "a.jpg").write_text("no picture")
    assert "not recognised" in describe(os.fsencode(tmp_path / "a.jpg"))
    assert describe(os.fsencode(tmp_path / "gone.jpg")) == "is not there any more"
    os.mkfifo(tmp_path / "pipe.jpg")
    assert describe(os.fsencode(tmp_path / "pipe.jpg")) == "is not a regular file"


def test_the_tags_of_camera_raw_are_read_without_developing_it(tmp_path):
    """DNG is TIFF from inside."""
    photo = small_photo("coffee.png", tmp_path / "a.tiff", exif=camera_exif())
    raw = photo.rename(tmp_path / "a.dng")
    found = told(raw)
    assert found.camera == "Canon EOS R5"
    assert found.taken == "2019-06-03 14:22:07.12 +02:00"
    (tmp_path / "b.cr3").write_bytes(b"\0\0\0\x18ftypcrx nothing that we know")
    assert told(tmp_path / "b.cr3") == Description()


def test_the_hostile_set_is_described_or_refused(corpus):
    for path in sorted((corpus / "hostile").rglob("*")):
        if path.is_file():
            assert isinstance(describe(os.fsencode(path)), Description | str), path
