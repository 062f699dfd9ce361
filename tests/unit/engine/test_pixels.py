"""The pixel by pixel comparison: in which turns two files hold the same picture."""

from __future__ import annotations

import numpy as np
import pytest
from harness.pictures import EXIF_ORIENTATION, found, photo, with_alpha
from PIL import Image, ImageDraw

from difd.engine.orientation import TURNS
from difd.engine.prove.pixel_proof import CompareRequest, compare, equal_turns

ALL = {(turn.rotation, turn.mirrored) for turn in TURNS}


def turned(picture, rotation, mirrored):
    """Flipped left to right first, then turned counter-clockwise."""
    if mirrored:
        picture = picture.transpose(Image.Transpose.FLIP_LEFT_RIGHT)
    return picture.rotate(rotation, expand=True) if rotation else picture


def request(a, b):
    return CompareRequest(bytes(a), bytes(b))


@pytest.mark.parametrize(("rotation", "mirrored"), sorted(ALL))
@pytest.mark.parametrize("extension", ["png", "tif"])
def test_the_turn_that_makes_one_the_other_is_found(tmp_path, rotation, mirrored, extension):
    a, b = tmp_path / "a.png", tmp_path / f"b.{extension}"
    photo().save(a)
    turned(photo(), rotation, mirrored).save(b)
    assert compare(request(a, b)) == ((rotation, mirrored),)


def test_turns_are_those_of_the_displayed_pictures(tmp_path):
    exif = Image.Exif()
    exif[EXIF_ORIENTATION] = 6
    a, b = tmp_path / "a.png", tmp_path / "b.png"
    photo().save(a, exif=exif)
    photo().transpose(Image.Transpose.ROTATE_270).save(b)
    assert compare(request(a, b)) == ((0, False),)
    assert compare(request(b, a)) == ((0, False),)


def test_a_symmetric_picture_is_equal_in_several_turns(tmp_path):
    a = tmp_path / "a.png"
    Image.new("RGB", (30, 30), (1, 2, 3)).save(a)
    assert set(compare(request(a, a))) == ALL
    Image.new("RGB", (30, 20), (1, 2, 3)).save(a)
    assert set(compare(request(a, a))) == {(0, False), (180, False), (0, True), (180, True)}


def test_one_changed_value_is_enough(tmp_path):
    a, b = tmp_path / "a.png", tmp_path / "b.png"
    picture = photo(700, 900)
    picture.save(a)
    picture.putpixel((699, 899), tuple(value ^ 1 for value in picture.getpixel((699, 899))))
    picture.transpose(Image.Transpose.ROTATE_90).save(b)
    assert compare(request(a, b)) == ()


@pytest.mark.parametrize("mode", ["L", "RGBA", "P"])
def test_another_mode_is_another_picture(tmp_path, mode):
    a, b = tmp_path / "a.png", tmp_path / "b.png"
    Image.new("RGB", (9, 9)).save(a)
    Image.new(mode, (9, 9)).save(b)
    assert compare(request(a, b)) == ()


def test_hidden_colours_under_full_transparency_count(tmp_path):
    a, b = tmp_path / "a.png", tmp_path / "b.png"
    Image.new("RGBA", (9, 9), (1, 2, 3, 0)).save(a)
    Image.new("RGBA", (9, 9), (3, 2, 1, 0)).save(b)
    assert compare(request(a, b)) == ()


def test_all_frames_must_agree_in_the_same_turn(tmp_path):
    a, b, c = (tmp_path / name for name in ("a.png", "b.png", "c.png"))
    frames = []
    for index in range(3):
        frame = with_alpha()
        ImageDraw.Draw(frame).rectangle((0, 0, 20 + 9 * index, 30), fill=(9, 9, 9, 255))
        frames.append(frame)

    def save(path, made):
        made[0].save(path, save_all=True, append_images=made[1:], blend=0)

    save(a, frames)
    save(b, [turned(frame, 90, mirrored=True) for frame in frames])
    assert compare(request(a, b)) == ((90, True),)
    save(c, [turned(frame, 90, index == 1) for index, frame in enumerate(frames)])
    assert compare(request(a, c)) == ()
    save(c, frames[:2])
    assert compare(request(a, c)) == ()


def test_sixteen_bit_and_float_pictures_are_compared_in_full_depth(tmp_path):
    values = np.random.default_rng(1).integers(0, 65536, (40, 50), dtype=np.uint16)
    for kind in (np.uint16, np.float32, np.int32):
        a, b = tmp_path / "a.tif", tmp_path / "b.tif"
        Image.fromarray(values.astype(kind)).save(a)
        Image.fromarray(np.rot90(values).astype(kind)).save(b)
        assert compare(request(a, b)) == ((90, False),)
        Image.fromarray(np.rot90(values ^ 1).astype(kind)).save(b)
        assert compare(request(a, b)) == ()


def test_a_file_that_is_gone_or_damaged_is_equal_to_nothing(tmp_path):
    a, b = tmp_path / "a.png", tmp_path / "b.png"
    photo().save(a)
    assert compare(request(a, b)) == ()
    b.write_bytes(a.read_bytes()[:-500])
    assert compare(request(a, b)) == ()
    with pytest.raises(Exception, match="vanished"):
        equal_turns(found(a).path, bytes(tmp_path / "c.png"))
