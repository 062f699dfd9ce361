"""Edited copies are found, placed and told in words; what may be taken of them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from harness.edit_search import search
from harness.edits import EDITS, astronaut, coffee, others, with_sticker
from PIL import Image, ImageEnhance, ImageOps


@pytest.fixture
def folder(tmp_path):
    astronaut().save(tmp_path / "original.png", compress_level=1)
    return tmp_path


@pytest.mark.parametrize("name", EDITS)
def test_an_edited_copy_hangs_under_its_original_and_says_what_was_done(folder, name):
    edit, words = EDITS[name]
    others(folder)
    edit(astronaut()).save(folder / "copy.jpg", quality=88)
    groups = search(folder)
    hanging = [
        [Path(bytes(member.path).decode()).name for member in group]
        for group in groups
        if any(member.lie for member in group)
    ]
    assert ["original.png", "copy.jpg"] in hanging
    copies = [member for group in groups for member in group if member.lie]
    assert {Path(copy.path.decode()).name for copy in copies} == {"copy.jpg"}
    copy = next(one for one in copies if one.keeper.endswith(b"original.png"))
    assert copy.match == "edited"
    assert words in copy.lie.changes
    # A collage is named under all that it shows.
    assert len(copies) == {"collage": 2, "filled collage": 3}.get(name, 1)


def test_the_transform_and_the_corners_say_where_a_crop_lies(folder):
    astronaut().crop((100, 40, 420, 340)).resize((160, 150)).save(folder / "copy.png")
    ((_, copy),) = search(folder)
    lie = copy.lie
    assert (lie.x, lie.y) == pytest.approx((100, 40), abs=0.6)
    assert lie.scale == pytest.approx(2, abs=0.01)
    assert lie.angle == pytest.approx(0, abs=0.2)
    assert not lie.mirrored
    corners = [(100, 40), (420, 40), (420, 340), (100, 340)]
    expected = np.array(corners) / 512
    assert np.abs(np.array(lie.corners) - expected).max() < 0.002
    assert lie.shows == pytest.approx(320 * 300 / 512**2, abs=0.005)
    assert lie.shown == pytest.approx(1, abs=0.01)


def test_a_mirrored_and_turned_copy_says_by_how_much(folder):
    turned = ImageOps.mirror(astronaut()).rotate(20, Image.Resampling.BICUBIC)
    turned.crop((130, 130, 380, 380)).save(folder / "copy.png")
    ((_, copy),) = search(folder)
    assert copy.lie.mirrored
    # It was turned by 20 degrees after it was mirrored; back and mirrored again, it turns the same.
    assert abs(copy.lie.angle) == pytest.approx(20, abs=0.3)


def smooth() -> Image.Image:
    """Hardly anything to hold on to: a sky with two birds, over a dark hill."""
    row, column = np.mgrid[0:400, 0:600].astype(np.float64)
    sky = 120 + 60 * np.sin(row / 140) + 15 * np.cos(column / 200)
    hill = row > 330 - 40 * np.sin(column / 95)
    made = Image.fromarray(np.where(hill, 30 + column / 20, sky).astype(np.uint8)).convert("RGB")
    bird = coffee().crop((150, 20, 330, 180)).resize((70, 62))
    made.paste(bird, (90, 120))
    made.paste(ImageOps.mirror(bird).resize((58, 50)), (400, 60))
    return made


def test_the_frame_says_where_a_copy_lies_that_shows_hardly_anything(tmp_path):
    smooth().save(tmp_path / "original.png")
    ImageEnhance.Brightness(smooth()).enhance(0.7).resize((450, 300)).save(tmp_path / "copy.png")
    ((_, copy),) = search(tmp_path)
    assert copy.lie.corners == ((0, 0), (1, 0), (1, 1), (0, 1))
    assert (copy.lie.angle, copy.lie.scale) == (0, pytest.approx(600 / 450, abs=1e-3))


def test_what_lies_over_a_copy_is_marked(folder):
    with_sticker(astronaut()).save(folder / "copy.jpg", quality=90)
    ((_, copy),) = search(folder)
    (box,) = copy.lie.hidden
    left, top, right, bottom = (edge * 512 for edge in box)
    assert abs(left - 60) < 16
    assert abs(top - 200) < 16
    assert abs(right - 190) < 16
    assert abs(bottom - 330) < 16
    assert copy.action == "none"


@pytest.mark.parametrize(
    ("name", "action"),
    [
        ("crop", "review"),
        ("brighter", "review"),
        ("border", "none"),
        ("caption", "none"),
        ("band", "none"),
        ("screen", "none"),
        ("collage", "none"),
        ("filled collage", "none"),
    ],
)
def test_only_what_shows_nothing_else_may_be_taken_after_a_look(folder, name, action):
    EDITS[name][0](astronaut()).save(folder / "copy.jpg", quality=88)
    copies = [member for group in search(folder) for member in group if member.lie]
    assert {copy.action for copy in copies} == {action}
    assert all("remove" not in copy.action for copy in copies)


def test_a_crop_of_a_higher_resolution_is_never_proposed(folder):
    larger = astronaut().crop((100, 40, 420, 340)).resize((900, 844), Image.Resampling.LANCZOS)
    larger.save(folder / "copy.jpg", quality=95)
    copies = [member for group in search(folder) for member in group if member.lie]
    assert [copy.action for copy in copies] == ["none"]


def test_edited_copies_join_no_groups(folder):
    """Two crops that do not meet, and copies of one of them."""
    one = astronaut().crop((40, 20, 300, 200))
    one.save(folder / "crop-1.png")
    one.save(folder / "crop-1 again.png", compress_level=1)
    astronaut().crop((60, 300, 420, 500)).save(folder / "crop-2.png")
    groups = search(folder)
    members = [
        sorted(Path(m.path.decode()).name for m in group if m.lie is None) for group in groups
    ]
    assert sorted(members) == [["crop-1 again.png", "crop-1.png"], ["original.png"]]
    (beside,) = ([m for m in group if m.lie] for group in groups if group[-1].lie)
    assert {copy.action for copy in beside} == {"none", "review"}, "others are listed under one"


def test_two_that_only_overlap_are_told_when_somebody_asks(tmp_path):
    astronaut().crop((0, 0, 340, 512)).save(tmp_path / "left.png")
    astronaut().crop((150, 0, 512, 512)).save(tmp_path / "right.png")
    assert search(tmp_path) == []
    ((_, overlap),) = search(tmp_path, overlaps=True)
    assert (overlap.match, overlap.action) == ("overlap", "none")
    assert overlap.lie.changes[0].startswith("shares ")
    assert 0.4 < overlap.lie.shows < 0.65


def test_of_what_moves_the_first_frame_counts(folder):
    crop = astronaut().crop((100, 40, 420, 340))
    crop.save(folder / "moves.gif", save_all=True, append_images=[coffee().resize(crop.size)])
    ((_, copy),) = search(folder)
    assert copy.path.endswith(b"moves.gif")


def test_of_what_is_transparent_nothing_counts(tmp_path):
    seen = Image.new("L", (512, 512), 0)
    seen.paste(255, (90, 30, 440, 360))
    made = coffee().resize((512, 512)).convert("RGBA")
    made.paste(astronaut(), (0, 0), seen)
    made.putalpha(seen)
    made.save(tmp_path / "seen in the middle.png")
    coffee().save(tmp_path / "hidden.png")
    astronaut().crop((120, 60, 400, 340)).save(tmp_path / "crop.png")
    ((kept, copy),) = search(tmp_path)
    assert kept.path.endswith(b"seen in the middle.png")
    assert copy.path.endswith(b"crop.png")
