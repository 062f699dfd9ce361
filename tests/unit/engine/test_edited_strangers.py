"""Different pictures are never edited copies: bursts, pages of one sender, windows, skies."""

from __future__ import annotations

import os
import random
from pathlib import Path

import numpy as np
import pytest
from harness.edit_search import found_in, search
from harness.edits import astronaut, coffee
from harness.forms import filled_form
from harness.photos import whole_photo
from harness.records import groups_of
from PIL import Image, ImageDraw, ImageEnhance, ImageFont

from difd.engine.edited import related


@pytest.fixture
def folder(tmp_path):
    astronaut().save(tmp_path / "original.png", compress_level=1)
    return tmp_path


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
