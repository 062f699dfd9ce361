"""An edited copy may go only if its origin shows all of it, compared in full size."""

from __future__ import annotations

import os

import numpy as np
import pytest
from harness.photos import whole_photo
from PIL import Image, ImageCms, ImageDraw, ImageEnhance, ImageOps

from difd.digests import digest_of
from difd.engine.prove.removal import ProofTask, prove

BOX = (100, 40, 420, 340)


def astronaut() -> Image.Image:
    return whole_photo("astronaut.png")


def corners(box=BOX, *, mirrored=False):
    left, top, right, bottom = (edge / 512 for edge in box)
    if mirrored:
        left, right = right, left
    return ((left, top), (right, top), (right, bottom), (left, bottom))


def proof(tmp_path, copy, lie, origin=None, **save):
    removal, keeper = tmp_path / "copy.jpg", tmp_path / "origin.png"
    if save.pop("lossless", False):
        removal = removal.with_suffix(".png")
    copy.save(removal, **save)
    (origin or astronaut()).save(keeper, compress_level=1)
    digests = [digest_of(path.read_bytes()) for path in (removal, keeper)]
    paths = os.fsencode(removal), os.fsencode(keeper)
    return prove(ProofTask(0, *paths, 0, False, *digests, lie=lie))  # noqa: FBT003  not mirrored


GOOD = {
    "cut out": lambda one: one.crop(BOX),
    "cut out and halved": lambda one: one.crop(BOX).resize((160, 150), Image.Resampling.LANCZOS),
    "cut out and made smaller": lambda one: one.crop(BOX).resize(
        (230, 216), Image.Resampling.LANCZOS
    ),
    "turned and cut out": lambda one: one.rotate(2, Image.Resampling.BICUBIC).crop(BOX),
}


@pytest.mark.parametrize("name", GOOD)
@pytest.mark.parametrize("quality", [75, 92])
def test_what_was_cut_out_may_go(tmp_path, name, quality):
    verdict = proof(tmp_path, GOOD[name](astronaut()), corners(), quality=quality)
    assert verdict.same, verdict.reason


def test_a_place_that_is_off_by_a_pixel_is_found(tmp_path):
    off = corners((101.2, 38.8, 421.2, 338.8))
    assert proof(tmp_path, astronaut().crop(BOX), off, lossless=True).same


def test_a_mirrored_crop_may_go(tmp_path):
    copy = ImageOps.mirror(astronaut().crop(BOX))
    assert proof(tmp_path, copy, corners(mirrored=True), quality=92).same


def spotted(one: Image.Image) -> Image.Image:
    made = one.crop(BOX)
    ImageDraw.Draw(made).ellipse((200, 200, 208, 208), "red")
    return made


BAD = {
    "a spot": spotted,
    "brighter": lambda one: ImageEnhance.Brightness(one.crop(BOX)).enhance(1.3),
    "grey": lambda one: one.crop(BOX).convert("L").convert("RGB"),
    "a border": lambda one: ImageOps.expand(one.crop(BOX), 12, "white"),
}


@pytest.mark.parametrize("name", BAD)
def test_what_shows_anything_else_may_not(tmp_path, name):
    verdict = proof(tmp_path, BAD[name](astronaut()), corners(), quality=92)
    assert not verdict.same
    assert verdict.reason


def test_a_crop_of_another_picture_may_not(tmp_path):
    other = whole_photo("coffee.png").crop(BOX)
    verdict = proof(tmp_path, other, corners(), quality=92)
    assert not verdict.same


@pytest.mark.parametrize(
    "lie",
    [
        ((0.0, 0.0),) * 4,
        ((0.0, 0.0), (1.0, 1.0), (0.5, 0.5), (0.2, 0.2)),
        ((float("nan"), 0.0), (1.0, 0.0), (1.0, 1.0), (0.0, 1.0)),
        ((-50.0, -50.0), (-49.0, -50.0), (-49.0, -49.0), (-50.0, -49.0)),
        ((0.0, 0.0), (1e300, 0.0), (1.0, 1.0), (0.0, 1.0)),
    ],
    ids=["a point", "a line", "no number", "beside it", "endless"],
)
def test_places_that_are_none_are_refused(tmp_path, lie):
    verdict = proof(tmp_path, astronaut().crop(BOX), lie, quality=92)
    assert not verdict.same
    assert verdict.reason


def test_the_same_numbers_in_other_colours_are_another_look(tmp_path):
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("XYZ")).tobytes()
    verdict = proof(tmp_path, astronaut().crop(BOX), corners(), quality=92, icc_profile=profile)
    assert not verdict.same
    assert "profiles" in verdict.reason


def test_finer_shades_are_not_given_up(tmp_path):
    grey = np.asarray(astronaut().convert("L"))
    copy = Image.fromarray(grey.astype(np.uint16) * 257).crop(BOX)
    verdict = proof(tmp_path, copy, corners(), Image.fromarray(grey), lossless=True)
    assert not verdict.same
    assert "finer" in verdict.reason


def test_what_moves_or_is_transparent_is_not_compared_in_part(tmp_path):
    frames = [astronaut().crop(BOX), astronaut()]
    removal = tmp_path / "moves.gif"
    frames[0].save(removal, save_all=True, append_images=[frames[1].resize(frames[0].size)])
    keeper = tmp_path / "origin.png"
    astronaut().save(keeper)
    digests = [digest_of(path.read_bytes()) for path in (removal, keeper)]
    paths = os.fsencode(removal), os.fsencode(keeper)
    task = ProofTask(0, *paths, 0, False, *digests, lie=corners())  # noqa: FBT003
    assert not prove(task).same
