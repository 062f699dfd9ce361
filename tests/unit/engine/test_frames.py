"""Animations and pages: which frames count, and how they are compared."""

from __future__ import annotations

import numpy as np
import pytest
from harness.pictures import (
    LOSSLESS,
    on_ground,
    photo,
    record,
    tensor_of,
    with_alpha,
)
from PIL import Image, ImageDraw

from difd.engine.read import decode


def frames_of(count, *, alpha=False):
    made = []
    for index in range(count):
        frame = with_alpha() if alpha else photo()
        ImageDraw.Draw(frame).rectangle(
            (index * 9, 10, index * 9 + 30, 60), fill=(index * 40, 9, 99)
        )
        made.append(frame)
    return made


def save_frames(path, frames, **options):
    frames[0].save(path, save_all=True, append_images=frames[1:], **options)


@pytest.mark.parametrize("alpha", [False, True])
@pytest.mark.parametrize("extension", ["png", "webp", "tif", "avif"])
def test_first_middle_and_last_frame_are_compared(tmp_path, extension, alpha):
    path = tmp_path / f"a.{extension}"
    save_frames(path, frames_of(5, alpha=alpha), **LOSSLESS.get(extension, {}))
    expected = []
    with Image.open(path) as reopened:
        for index in (0, 2, 4):
            reopened.seek(index)
            grounds = (255, 0) if alpha else (255,)
            expected += [tensor_of(on_ground(reopened, ground)) for ground in grounds]
    made = record(path)
    assert made.frames == 5
    assert np.array_equal(made.planes, np.stack(expected))


def test_frames_of_a_gif_are_compared(tmp_path):
    save_frames(tmp_path / "a.gif", frames_of(4))
    made = record(tmp_path / "a.gif")
    assert made.frames == 4
    assert made.planes.shape == (3, 50, 50, 3)
    assert not np.array_equal(made.planes[0], made.planes[1])


def test_two_frames_have_the_second_as_middle_and_last(tmp_path):
    save_frames(tmp_path / "a.png", frames_of(2))
    planes = record(tmp_path / "a.png").planes
    assert np.array_equal(planes[1], planes[2])
    assert not np.array_equal(planes[0], planes[1])


def test_an_animation_with_one_transparent_frame_has_a_witness_for_each(tmp_path):
    frames = frames_of(3)
    frames[0] = frames[0].convert("RGBA")
    frames[1] = with_alpha()
    save_frames(tmp_path / "a.png", [frame.convert("RGBA") for frame in frames], blend=0)
    planes = record(tmp_path / "a.png").planes
    assert planes.shape == (6, 50, 50, 3)
    assert np.array_equal(planes[0], planes[1])
    assert not np.array_equal(planes[2], planes[3])


def test_animations_that_differ_between_the_compared_frames_differ_in_pixels(tmp_path):
    frames = frames_of(7)
    save_frames(tmp_path / "a.png", frames)
    frames[1] = frames[1].transpose(Image.Transpose.FLIP_LEFT_RIGHT)
    save_frames(tmp_path / "b.png", frames)
    a, b = record(tmp_path / "a.png"), record(tmp_path / "b.png")
    assert np.array_equal(a.planes, b.planes)
    assert a.pixel_digest != b.pixel_digest


def test_a_still_is_not_the_pixels_of_an_animation_that_begins_with_it(tmp_path):
    save_frames(tmp_path / "a.png", frames_of(3))
    frames_of(1)[0].save(tmp_path / "b.png")
    a, b = record(tmp_path / "a.png"), record(tmp_path / "b.png")
    assert np.array_equal(a.tensor, b.tensor)
    assert (a.frames, b.frames) == (3, 1)
    assert a.pixel_digest != b.pixel_digest


def test_an_animation_too_long_to_digest_equals_only_its_own_bytes(tmp_path, monkeypatch):
    monkeypatch.setattr(decode, "ANIMATION_LIMIT", 1000)
    save_frames(tmp_path / "a.png", frames_of(5))
    save_frames(tmp_path / "b.png", frames_of(5), compress_level=1)
    a, b = record(tmp_path / "a.png"), record(tmp_path / "b.png")
    assert np.array_equal(a.planes, b.planes)
    assert a.planes.shape[0] == 3
    assert a.pixel_digest != b.pixel_digest
    (tmp_path / "c.png").write_bytes((tmp_path / "a.png").read_bytes())
    assert record(tmp_path / "c.png").pixel_digest == a.pixel_digest


def test_the_first_image_of_an_mpo_is_the_picture(tmp_path):
    save_frames(tmp_path / "a.mpo", frames_of(3), format="MPO")
    made = record(tmp_path / "a.mpo")
    assert (made.format, made.frames, len(made.planes)) == ("MPO", 1, 1)
