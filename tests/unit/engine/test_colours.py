"""Pictures are compared as they are shown: in sRGB, whatever profile their values are in."""

from __future__ import annotations

import io
import struct
from pathlib import Path

import numpy as np
import pytest
from harness.photos import whole_photo
from harness.pictures import record as read_picture
from harness.records import InPlacePool, groups_of
from PIL import Image, ImageCms

from difd.engine import pipeline
from difd.engine.memory import forms_for, is_answer
from difd.engine.read import colours
from difd.engine.record import ReadRequest
from difd.protocol.options import SearchOptions


def astronaut() -> Image.Image:
    return whole_photo("astronaut.png")


def profile(chroma: colours.Chroma, curve: tuple[float, ...]) -> bytes:
    made = colours._made(chroma, curve)
    assert made
    return made


P3 = profile(colours._PRIMARIES[12], colours._SRGB_CURVE)
ADOBE = profile(colours._ADOBE, (colours._ADOBE_GAMMA,))
WIDE = profile(colours._PRIMARIES[9], (2.2,))


def in_profile(picture: Image.Image, data: bytes, mode: str = "RGB") -> Image.Image:
    """The picture with the values that show the same in another profile."""
    there = ImageCms.ImageCmsProfile(io.BytesIO(data))
    here = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB"))
    made = ImageCms.profileToProfile(picture, here, there, outputMode=mode)
    assert made is not None
    return made


@pytest.mark.parametrize("data", [P3, ADOBE, WIDE], ids=["P3", "Adobe RGB", "BT.2020"])
def test_values_in_another_profile_come_back(data):
    stored = in_profile(astronaut(), data)
    back = colours.as_shown(stored, data)
    apart = np.asarray(back).astype(int) - np.asarray(astronaut())
    assert np.abs(apart).mean() < 1
    assert np.abs(np.asarray(stored).astype(int) - np.asarray(astronaut())).mean() > 3


def test_a_profile_of_our_own_is_what_everybody_means_by_it():
    made = ImageCms.ImageCmsProfile(io.BytesIO(profile(colours._SRGB, colours._SRGB_CURVE)))
    usual = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB"))
    for name in ("red_colorant", "green_colorant", "blue_colorant"):
        ours, theirs = getattr(made.profile, name)[0], getattr(usual.profile, name)[0]
        assert ours == pytest.approx(theirs, abs=0.002)


@pytest.mark.parametrize(
    "chroma", [(0.3, 0.0, 0.6, 0.3, 0.3, 0.6, 0.1, 0.1), (0.3, 0.3) * 4, (0.0,) * 8]
)
def test_impossible_primaries_make_no_profile(chroma):
    assert colours._made(chroma, (2.2,)) == b""


def found(folder: Path, similarity: float) -> list[set[str]]:
    asked = SearchOptions(paths=(bytes(folder),), similarity=similarity)
    pool = InPlacePool()
    library = pipeline.build(asked, pool, lambda _: None, lambda: False)
    rows = pipeline.search(library, asked, pool, lambda _: None, lambda: False).rows()
    return [{Path(m.path.decode()).name for m in group} for group in groups_of(rows)]


def saved(folder: Path, kind: str) -> None:
    """The photo as it is in most files, and in another colour space."""
    astronaut().save(folder / "usual.png")
    match kind:
        case "P3 JPEG":
            made = in_profile(astronaut(), P3)
            made.save(folder / "other.jpg", quality=95, subsampling=0, icc_profile=P3)
        case "Adobe RGB PNG":
            in_profile(astronaut(), ADOBE).save(folder / "other.png", icc_profile=ADOBE)
        case "Adobe RGB by EXIF":
            exif = Image.Exif()
            exif[0x010F] = "Somebody"
            exif.get_ifd(0x8769)[0xA001] = 2
            made = in_profile(astronaut(), ADOBE)
            made.save(folder / "other.jpg", quality=95, subsampling=0, exif=exif.tobytes())
        case "cICP":
            target = io.BytesIO()
            in_profile(astronaut(), P3).save(target, "PNG")
            (folder / "other.png").write_bytes(with_chunk(target.getvalue(), bytes([12, 13, 0, 1])))
        case "gamma":
            values = np.asarray(astronaut()).astype(np.float64) / 255
            linear = np.where(values <= 0.04045, values / 12.92, ((values + 0.055) / 1.055) ** 2.4)
            made = Image.fromarray(np.rint(255 * linear ** (1 / 1.4)).astype(np.uint8))
            target = io.BytesIO()
            made.save(target, "PNG")
            data = with_chunk(target.getvalue(), struct.pack(">I", round(1e5 / 1.4)), b"gAMA")
            (folder / "other.png").write_bytes(data)


def with_chunk(png: bytes, content: bytes, name: bytes = b"cICP") -> bytes:
    """A PNG with a chunk after its header."""
    import zlib  # noqa: PLC0415

    chunk = struct.pack(">I", len(content)) + name + content
    chunk += struct.pack(">I", zlib.crc32(name + content))
    return png[:33] + chunk + png[33:]


KINDS = ["P3 JPEG", "Adobe RGB PNG", "Adobe RGB by EXIF", "cICP", "gamma"]


@pytest.mark.parametrize("kind", KINDS)
def test_similar_ones_are_found_in_any_colour_space(tmp_path, kind):
    saved(tmp_path, kind)
    (group,) = found(tmp_path, 5.0)
    assert len(group) == 2


@pytest.mark.parametrize("kind", KINDS)
def test_for_duplicates_values_count_as_they_are_stored(tmp_path, kind):
    saved(tmp_path, kind)
    assert found(tmp_path, 0.0) == []


def test_a_library_for_duplicates_is_read_again_only_where_it_has_to_be(tmp_path):
    saved(tmp_path, "P3 JPEG")
    asked = SearchOptions(paths=(bytes(tmp_path),))
    pool = CountingPool()
    library = pipeline.build(asked, pool, lambda _: None, lambda: False)
    assert {record.colours for record in library.records} == {"usual", "stored"}
    pool.paths.clear()
    similar = SearchOptions(paths=(bytes(tmp_path),), similarity=5.0)
    rows = pipeline.search(library, similar, pool, lambda _: None, lambda: False).rows()
    assert len(groups_of(rows)) == 1
    assert {Path(path.decode()).name for path in pool.paths} == {"other.jpg"}
    # What the search made it leaves the library as it was.
    again = pipeline.search(library, asked, pool, lambda _: None, lambda: False).rows()
    assert groups_of(again) == []


class CountingPool(InPlacePool):
    """Remembers which files it was asked about."""

    def __init__(self) -> None:
        super().__init__()
        self.paths: list[bytes] = []

    def map(self, function, items):
        for item in items:
            if isinstance(item, ReadRequest):
                self.paths.append(item.file.path)
            yield item, function(item)


def test_a_record_of_stored_values_answers_no_question_about_shown_ones(tmp_path):
    saved(tmp_path, "P3 JPEG")
    record = read_picture(tmp_path / "other.jpg")
    plain = ReadRequest(record.file, 50)
    shown = ReadRequest(record.file, 50, shown=True)
    assert record.colours == "stored"
    assert is_answer(plain, record)
    assert not is_answer(shown, record)
    assert set(forms_for(plain)) < set(forms_for(shown))


@pytest.mark.parametrize("mode", ["L", "LA", "RGBA", "P", "1", "CMYK", "I;16", "F"])
def test_a_profile_of_other_values_than_the_picture_has_changes_nothing(mode):
    picture = astronaut().convert("L").convert(mode) if mode in {"1", "P"} else None
    picture = picture or Image.new(mode, (9, 9))
    made = colours.as_shown(picture, colours_of_ink())
    assert made.size == picture.size


def colours_of_ink() -> bytes:
    """A profile that says it is for CMYK, and is damaged."""
    data = bytearray(P3)
    data[16:20] = b"CMYK"
    return bytes(data)
