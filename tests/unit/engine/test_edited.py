"""Edited copies are found, placed, told in words, and never confused with another picture."""

from __future__ import annotations

import os
import random
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from harness.forms import filled_form
from harness.photos import whole_photo
from harness.records import InPlacePool, groups_of
from PIL import Image, ImageDraw, ImageEnhance, ImageFilter, ImageFont, ImageOps

from difd.engine import pipeline
from difd.engine.edited import related
from difd.protocol.options import SearchOptions, with_similarity
from difd.protocol.results import Group, Member, Row, Summary

Edit = Callable[[Image.Image], Image.Image]


def astronaut() -> Image.Image:
    return whole_photo("astronaut.png")


def coffee() -> Image.Image:
    return whole_photo("coffee.png")


def captioned(picture: Image.Image) -> Image.Image:
    made = picture.copy()
    pen = ImageDraw.Draw(made)
    font = ImageFont.load_default(size=made.width // 12)
    for top, words in ((0.02, "WHEN YOU SEE IT"), (0.87, "YOU CANNOT UNSEE")):
        pen.text(
            (made.width * 0.08, made.height * top), words, "white", font,
            stroke_width=3, stroke_fill="black",
        )  # fmt: skip
    return made


def with_sticker(picture: Image.Image) -> Image.Image:
    made = picture.copy()
    pen = ImageDraw.Draw(made)
    pen.ellipse((60, 200, 190, 330), "yellow", "black", 6)
    pen.ellipse((95, 235, 110, 255), "black")
    pen.ellipse((140, 235, 155, 255), "black")
    return made


def banded(picture: Image.Image) -> Image.Image:
    """With a white band over its lowest part, and words in it, as memes have."""
    made = picture.crop((0, 150, 512, 480))
    pen = ImageDraw.Draw(made)
    pen.rectangle((0, 270, 512, 330), "white")
    pen.text((90, 280), "Holiday, day one", "black", ImageFont.load_default(30))
    return made


def on_screen(picture: Image.Image) -> Image.Image:
    made = Image.new("RGB", (1280, 800), (38, 41, 48))
    ImageDraw.Draw(made).rectangle((0, 0, 1280, 40), (70, 76, 88))
    made.paste(picture.resize((480, 480)), (400, 180))
    return made


def collage(picture: Image.Image) -> Image.Image:
    made = Image.new("RGB", (1000, 500))
    made.paste(picture.resize((500, 500)), (0, 0))
    made.paste(coffee().resize((500, 500)), (500, 0))
    return made


def filled_collage(picture: Image.Image) -> Image.Image:
    """Cells that pictures fill, in the size that they have: their edges are cut off."""
    made = Image.new("RGB", (1000, 860), "navy")
    cells = (picture, coffee(), whole_photo("chelsea.png"))
    for place, one in enumerate(cells):
        at = (place % 2 * 500, place // 2 * 430)
        made.paste(ImageOps.fit(one, (500, 430)), at)
    return made


def aslant(picture: Image.Image) -> Image.Image:
    numbers = [1.05, 0.03, -8.0, 0.02, 1.04, -6.0, 8e-5, 6e-5]
    return picture.transform(picture.size, Image.Transform.PERSPECTIVE, numbers, 3)


EDITS: dict[str, tuple[Edit, str]] = {
    "crop": (lambda one: one.crop((100, 40, 420, 340)), "cropped to 37 %"),
    "small crop": (lambda one: one.crop((150, 20, 320, 180)).resize((120, 113)), "cropped to 10 %"),
    "border": (lambda one: ImageOps.expand(one, 50, "white"), "has a border"),
    "letterbox": (lambda one: ImageOps.expand(one, (0, 90), "black"), "has a border"),
    "brighter": (lambda one: ImageEnhance.Brightness(one).enhance(1.3), "brighter"),
    "darker": (lambda one: ImageEnhance.Brightness(one).enhance(0.6), "darker"),
    "contrast": (lambda one: ImageEnhance.Contrast(one).enhance(1.5), "more contrast"),
    "grey": (lambda one: one.convert("L").convert("RGB"), "grey"),
    "inverted": (ImageOps.invert, "inverted"),
    "blurred": (lambda one: one.filter(ImageFilter.GaussianBlur(4)), "blurred"),
    "turned": (
        lambda one: one.rotate(7, Image.Resampling.BICUBIC).crop((60, 60, 450, 450)),
        "turned by 7°",
    ),
    "mirrored crop": (lambda one: ImageOps.mirror(one.crop((80, 30, 430, 400))), "mirrored"),
    "stretched": (lambda one: one.crop((40, 30, 500, 480)).resize((460, 330)), "stretched"),
    "aslant": (aslant, "seen aslant"),
    "caption": (captioned, "with a caption"),
    "sticker": (with_sticker, "something lies over it"),
    "band": (banded, "with a caption"),
    "screen": (on_screen, "shows it on 23 % of its area"),
    "collage": (collage, "shows it on 50 % of its area"),
    "filled collage": (filled_collage, "shows a part of it on 24 % of its area"),
}


def search(folder: Path, **options: object) -> list[list[Member]]:
    """The groups of a search for edited copies."""
    rows, _ = found_in(folder, **options)
    heads = [row for row in rows if isinstance(row, Group)]
    groups = groups_of(rows)
    for head, members in zip(heads, groups, strict=True):
        assert head.count == sum(member.lie is None for member in members)
        assert head.edited == sum(member.lie is not None for member in members)
    return groups


class BackwardsPool(InPlacePool):
    """One whose answers come in the reverse order, as they may from several processes."""

    def map(self, function, items):
        return reversed(list(super().map(function, items)))


def found_in(
    folder: Path, pool: InPlacePool | None = None, **options: object
) -> tuple[list[Row], Summary]:
    """All that such a search says."""
    pool = pool or InPlacePool()
    plain = SearchOptions(paths=(bytes(folder),), **options)  # type: ignore[arg-type]
    asked = with_similarity(plain, "edited")
    library = pipeline.build(asked, pool, lambda _: None, lambda: False)
    outcome = pipeline.search(library, asked, pool, lambda _: None, lambda: False)
    return list(outcome.rows()), outcome.summary


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


def others(folder: Path) -> None:
    """Pictures that have nothing to do with it."""
    coffee().save(folder / "other-1.jpg", quality=90)
    whole_photo("rocket.jpg").save(folder / "other-2.jpg", quality=90)
    whole_photo("chelsea.png").save(folder / "other-3.jpg", quality=90)


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


def test_an_edited_copy_is_listed_under_the_original_of_its_original(folder):
    crop = astronaut().crop((60, 20, 460, 420))
    crop.save(folder / "crop.png")
    crop.crop((40, 30, 300, 290)).save(folder / "crop of the crop.png")
    (group,) = search(folder)
    assert len(group) == 3
    assert {Path(m.keeper.decode()).name for m in group if m.lie} == {"original.png"}


def test_two_that_only_overlap_are_told_when_somebody_asks(tmp_path):
    astronaut().crop((0, 0, 340, 512)).save(tmp_path / "left.png")
    astronaut().crop((150, 0, 512, 512)).save(tmp_path / "right.png")
    assert search(tmp_path) == []
    ((_, overlap),) = search(tmp_path, overlaps=True)
    assert (overlap.match, overlap.action) == ("overlap", "none")
    assert overlap.lie.changes[0].startswith("shares ")
    assert 0.4 < overlap.lie.shows < 0.65


def moved(seed: int) -> Image.Image:
    """One of several photos of one place: it is bent a little, something moves, all have noise."""
    chance = np.random.default_rng(seed)
    picture = whole_photo("coffee.png").crop((6 * seed, 4 * seed, 560 + 6 * seed, 380 + 4 * seed))
    rows, columns = np.mgrid[0:380, 0:560].astype(np.float32)
    bend = chance.normal(0, 1, (2, 4, 5)).astype(np.float32)
    off = [
        np.asarray(Image.fromarray(one).resize((560, 380), Image.Resampling.BICUBIC)) * 2.5
        for one in bend
    ]
    values = np.asarray(picture)
    row = np.rint(rows + off[0]).clip(0, 379).astype(int)
    column = np.rint(columns + off[1]).clip(0, 559).astype(int)
    made = values[row, column].astype(np.float32) + chance.normal(0, 5, values.shape)
    image = Image.fromarray(made.clip(0, 255).astype(np.uint8))
    animal = whole_photo("chelsea.png").resize((110, 80))
    image.paste(animal, (60 + 90 * seed, 240))
    return image


def test_photos_of_a_burst_are_no_edited_copies(tmp_path):
    for seed in range(3):
        moved(seed).save(tmp_path / f"burst-{seed}.jpg", quality=92)
    assert search(tmp_path, overlaps=True) == []


def by_hand(frame: int) -> Image.Image:
    """A photo of a burst by a camera in a hand: aimed anew, parallax, and an animal walks by."""
    chance = random.Random(f"b{frame}")
    left, top = chance.randint(0, 24), chance.randint(0, 24)
    turned = coffee().rotate(chance.uniform(-0.4, 0.4), Image.Resampling.BICUBIC)
    seen = turned.crop((20 + left, 20 + top, turned.width - 44 + left, turned.height - 44 + top))
    rows = np.asarray(seen, np.float32)
    shifts = np.rint(2.5 * np.sin(np.arange(len(rows)) / 90 + frame)).astype(int).tolist()
    bent = np.stack([np.roll(row, by, 0) for row, by in zip(rows, shifts, strict=True)])
    noise = np.random.default_rng(frame).normal(0, 4, bent.shape)
    exposed = (bent * chance.uniform(0.93, 1.07) + noise).clip(0, 255).astype(np.uint8)
    made = Image.fromarray(exposed)
    pen, (width, height) = ImageDraw.Draw(made), made.size
    x, y = int(width * (0.1 + 0.09 * frame)), int(height * 0.6)
    pen.ellipse((x, y, x + width // 9, y + height // 7), (90, 60, 40))
    pen.ellipse((x + width // 12, y - height // 18, x + width // 7, y + height // 18), (80, 50, 35))
    return made


def test_photos_by_a_camera_in_a_hand_are_no_edited_copies(tmp_path):
    for frame in (2, 3):
        by_hand(frame).save(tmp_path / f"{frame}.jpg", quality=90)
    assert search(tmp_path) == []


def pages(folder: Path, count: int) -> None:
    """Letters by one sender."""
    font = ImageFont.load_default(size=15)
    chance = np.random.default_rng(0)
    for page in range(count):
        made = Image.new("RGB", (620, 877), "white")
        made.paste(astronaut().resize((90, 90)), (40, 30))
        pen = ImageDraw.Draw(made)
        pen.text((150, 50), "Miller and Daughters, 12 Long Road", "black", font)
        for line in range(36):
            words = "".join(chr(97 + n) for n in chance.integers(0, 26, 60))
            pen.text((40, 160 + 19 * line), words, "black", font)
        made.save(folder / f"page-{page}.png")


def test_pages_on_one_letterhead_are_no_edited_copies(tmp_path):
    pages(tmp_path, 3)
    assert search(tmp_path, overlaps=True) == []


@pytest.mark.early
def test_two_forms_that_are_filled_in_otherwise_are_no_edited_copies(tmp_path):
    for number in range(10):
        filled_form(number).save(tmp_path / f"{number}.jpg", quality=80)
    assert search(tmp_path) == []


def titled(month: str) -> Image.Image:
    """A page of a calendar; in two months the days are the same."""
    made = Image.new("RGB", (900, 700), "white")
    pen = ImageDraw.Draw(made)
    pen.rectangle((0, 0, 900, 110), (30, 90, 60))
    pen.text((40, 25), f"{month} 2024", "white", ImageFont.load_default(56))
    for day in range(31):
        left, top = 12 + 125 * (day % 7), 165 + 86 * (day // 7)
        pen.rectangle((left, top, left + 120, top + 81), outline=(160, 160, 160))
        pen.text((left + 8, top + 5), str(day + 1), "black", ImageFont.load_default(34))
    return made


def test_two_pages_with_other_titles_in_a_bar_are_no_edited_copies(tmp_path):
    for month in ("January", "July"):
        titled(month).save(tmp_path / f"{month}.jpg", quality=90)
    assert search(tmp_path) == []


def test_a_page_with_a_title_in_a_bar_and_its_darker_small_copy_are_one(tmp_path):
    titled("July").save(tmp_path / "page.png")
    darker = ImageEnhance.Brightness(titled("July").resize((450, 350))).enhance(0.6)
    darker.save(tmp_path / "small.jpg", quality=50)
    (group,) = search(tmp_path)
    assert sum(member.lie is not None for member in group) == 1


def test_two_windows_of_one_program_are_no_edited_copies(tmp_path):
    """What they share is the window, what differs a picture in it."""
    for name in ("astronaut.png", "coffee.png", "chelsea.png", "rocket.jpg"):
        made = Image.new("RGB", (1280, 800), (38, 41, 48))
        pen = ImageDraw.Draw(made)
        font = ImageFont.load_default(size=17)
        pen.rectangle((0, 0, 1280, 40), (70, 76, 88))
        for line in range(34):
            chance = np.random.default_rng(line)
            words = "".join(chr(97 + n) for n in chance.integers(0, 26, 24))
            pen.text((20, 60 + 21 * line), words, "white", font)
        made.paste(whole_photo(name).resize((400, 300)), (600, 250))
        made.save(tmp_path / f"{name}.jpg", quality=92)
    assert search(tmp_path, overlaps=True) == []


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


def test_of_very_many_like_pictures_the_nearest_are_compared_and_that_is_said(
    tmp_path, monkeypatch
):
    monkeypatch.setattr(related, "_IN_VAIN", (5, 0, 5))
    monkeypatch.setattr(related, "_NEXT", 1)
    pages(tmp_path, 9)
    with Image.open(tmp_path / "page-7.png") as page:
        page.crop((20, 20, 600, 800)).save(tmp_path / "copy.png")
    rows, summary = found_in(tmp_path)
    (members,) = groups_of(rows)
    assert [Path(os.fsdecode(member.path)).name for member in members] == ["page-7.png", "copy.png"]
    (notice,) = [one for one in summary.notices if "in common" in one]
    assert 15 <= int(notice.split()[0]) <= 36


@pytest.mark.parametrize(
    "make",
    [
        lambda: Image.new("RGB", (640, 480), "black"),
        lambda: Image.linear_gradient("L").resize((800, 600)),
        lambda: Image.new("RGB", (1, 1)),
        lambda: Image.new("RGB", (30, 30), "red"),
        lambda: Image.effect_noise((1500, 25), 80),
        lambda: Image.effect_noise((900, 700), 90),
    ],
    ids=["black", "sky", "a pixel", "30 by 30", "a strip", "noise"],
)
def test_pictures_that_show_nothing_are_edited_copies_of_none(folder, make):
    make().save(folder / "one.png")
    other = make()
    other.resize((max(1, other.width // 2), max(1, other.height // 2))).save(folder / "two.png")
    copies = [member for group in search(folder) for member in group if member.lie]
    assert copies == []


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
