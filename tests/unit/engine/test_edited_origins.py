"""Which of two that show the same is the original, and under which one a copy is listed."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest
from harness.edit_search import BackwardsPool, found_in, search
from harness.edits import astronaut, others, with_sticker
from harness.photos import whole_photo
from PIL import Image, ImageDraw, ImageEnhance, ImageFilter, ImageFont, ImageOps

from difd.protocol.results import Member


@pytest.fixture
def folder(tmp_path):
    astronaut().save(tmp_path / "original.png", compress_level=1)
    return tmp_path


def test_of_two_ways_that_fit_the_same_is_taken_in_whatever_order_they_are_tried(tmp_path):
    half = astronaut().resize((300, 500))
    both = Image.new("RGB", (600, 500))
    both.paste(half, (0, 0))
    both.paste(ImageOps.mirror(half), (300, 0))
    both.save(tmp_path / "symmetric.png")
    both.resize((480, 400)).save(tmp_path / "smaller.jpg", quality=60)
    with_sticker(both).save(tmp_path / "sticker.png")
    forwards, _ = found_in(tmp_path)
    backwards, _ = found_in(tmp_path, BackwardsPool())
    told = [row for row in forwards if isinstance(row, Member)]
    assert told == [row for row in backwards if isinstance(row, Member)]
    assert {row.match for row in told} >= {"edited"}


def test_of_two_in_other_tones_the_one_that_others_are_like_is_the_original(tmp_path):
    small = astronaut().resize((300, 300), Image.Resampling.LANCZOS)
    small.save(tmp_path / "a.png")
    ImageOps.mirror(small).save(tmp_path / "b.png")
    darker = ImageEnhance.Brightness(astronaut()).enhance(0.6)
    darker.save(tmp_path / "larger.png")
    (group,) = [group for group in search(tmp_path) if len(group) > 1]
    names = [Path(os.fsdecode(bytes(member.path))).name for member in group]
    assert (names[-1], len(names)) == ("larger.png", 3)
    assert group[-1].lie is not None


@pytest.mark.parametrize("photo", ["astronaut.png", "coffee.png", "chelsea.png"])
def test_over_the_original_of_a_blurred_copy_lies_nothing(tmp_path, photo):
    original = whole_photo(photo)
    original.save(tmp_path / "original.jpg", quality=75)
    original.filter(ImageFilter.GaussianBlur(4)).save(tmp_path / "copy.png")
    (group,) = search(tmp_path)
    (lie,) = [member.lie for member in group if member.lie]
    assert Path(os.fsdecode(bytes(group[0].path))).name == "original.jpg"
    assert (lie.changes, lie.hidden) == (("blurred",), ())


def test_a_copy_of_which_few_tones_are_left_is_one(folder):
    others(folder)
    ImageOps.posterize(astronaut(), 2).save(folder / "copy.jpg", quality=85)
    (copy,) = [member for group in search(folder) for member in group if member.lie]
    assert (copy.path[-8:], copy.keeper[-12:]) == (b"copy.jpg", b"original.png")
    assert "in fewer tones" in copy.lie.changes
    assert copy.lie.hidden == ()


def test_so_is_one_of_which_large_areas_became_one_tone(tmp_path):
    retina = whole_photo("retina.jpg").convert("RGB")
    retina.save(tmp_path / "original.png", compress_level=1)
    ImageOps.posterize(retina, 2).save(tmp_path / "copy.jpg", quality=90)
    (copy,) = [member for group in search(tmp_path) for member in group if member.lie]
    assert copy.keeper.endswith(b"original.png")


def drawing() -> Image.Image:
    """Eighty shapes, each of one tone."""
    chance = np.random.default_rng(4)
    made = Image.new("RGB", (500, 500), "white")
    pen = ImageDraw.Draw(made)
    for _ in range(80):
        x, y = chance.integers(0, 400, 2).tolist()
        width, height = chance.integers(30, 110, 2).tolist()
        tone = tuple(chance.integers(0, 200, 3).tolist())
        if chance.random() < 0.5:
            pen.rectangle((x, y, x + width, y + height), tone)
        else:
            pen.polygon([(x, y), (x + width, y + height // 3), (x + width // 2, y + height)], tone)
    return made


@pytest.mark.parametrize("radius", [4, 6])
def test_a_drawing_has_few_tones_to_begin_with_and_comes_from_no_blurred_one(tmp_path, radius):
    drawing().save(tmp_path / "original.png")
    drawing().filter(ImageFilter.GaussianBlur(radius)).save(tmp_path / "copy.jpg", quality=90)
    (copy,) = [member for group in search(tmp_path) for member in group if member.lie]
    assert (copy.path[-8:], copy.lie.changes) == (b"copy.jpg", ("blurred",))


def test_an_edited_copy_is_listed_under_the_original_of_its_original(folder):
    crop = astronaut().crop((60, 20, 460, 420))
    crop.save(folder / "crop.png")
    crop.crop((40, 30, 300, 290)).save(folder / "crop of the crop.png")
    (group,) = search(folder)
    assert len(group) == 3
    assert {Path(m.keeper.decode()).name for m in group if m.lie} == {"original.png"}


def test_a_crop_of_a_crop_is_listed_under_the_whole_picture(folder):
    """However little of that it shows."""
    part = astronaut().crop((60, 20, 330, 290))
    part.save(folder / "part.png")
    part.crop((60, 40, 190, 160)).resize((260, 240), 1).save(folder / "small part.jpg", quality=70)
    ((head, *copies),) = search(folder)
    assert Path(os.fsdecode(head.path)).name == "original.png"
    names = sorted(Path(os.fsdecode(copy.path)).name for copy in copies)
    assert names == ["part.png", "small part.jpg"]
    small = next(copy for copy in copies if b"small" in copy.path)
    assert small.keeper == head.path
    assert small.lie is not None
    assert small.lie.shows == pytest.approx(130 * 120 / 512**2, rel=0.05)
    expected = [(120, 60), (250, 60), (250, 180), (120, 180)]
    assert np.allclose(np.array(small.lie.corners) * 512, expected, atol=2)


def test_what_was_cut_out_of_a_sticker_does_not_come_from_the_picture_beneath(folder):
    sticker = Image.new("RGB", (220, 170), "white")
    pen = ImageDraw.Draw(sticker)
    chance = np.random.default_rng(4)
    for line in range(6):
        words = "".join(chr(65 + n) for n in chance.integers(0, 26, 12))
        pen.text((8, 6 + 27 * line), words, "black", ImageFont.load_default(size=24))
    covered = astronaut()
    covered.paste(sticker, (20, 320))
    covered.save(folder / "covered.png")
    sticker.crop((4, 4, 210, 150)).save(folder / "of the sticker.png")
    copies = [member for group in search(folder) for member in group if member.lie]
    pairs = {(member.path, member.keeper) for member in copies}
    names = {tuple(Path(os.fsdecode(path)).name for path in pair) for pair in pairs}
    assert ("covered.png", "original.png") in names
    assert ("of the sticker.png", "covered.png") in names
    assert ("of the sticker.png", "original.png") not in names
