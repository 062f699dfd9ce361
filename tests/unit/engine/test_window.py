"""Parts of pictures at full size: the picture's own pixels, upright, whatever the file is."""

from __future__ import annotations

import io
import os
from pathlib import Path

import numpy as np
import pytest
from harness.pictures import EXIF_ORIENTATION, UPRIGHT, photo
from PIL import Image

from difd.engine.show import window
from difd.engine.show.thumbnail import ThumbnailRequest, make_thumbnail
from difd.engine.show.window import WindowRequest, cut_window, forget_pictures
from difd.engine.work import WorkerLoss
from difd.pools.local import LocalPool


def part(path: Path, box: tuple[int, int, int, int]) -> Image.Image:
    """The part, decoded again."""
    made = cut_window(WindowRequest(os.fsencode(path), box))
    assert isinstance(made, bytes), made
    return Image.open(io.BytesIO(made))


def same(one: Image.Image, other: Image.Image) -> bool:
    return one.size == other.size and np.array_equal(np.asarray(one), np.asarray(other))


@pytest.mark.parametrize("orientation", range(1, 9))
def test_a_part_is_that_of_the_picture_as_displayed(tmp_path, orientation):
    path = tmp_path / "a.png"
    exif = Image.Exif()
    exif[EXIF_ORIENTATION] = orientation
    photo().resize((90, 60)).save(path, exif=exif.tobytes())
    stored = photo().resize((90, 60))
    upright = stored if orientation == 1 else stored.transpose(UPRIGHT[orientation])
    assert same(part(path, (7, 11, 30, 20)), upright.crop((7, 11, 37, 31)))


def test_over_the_edge_there_is_what_there_is_and_beyond_it_nothing(tmp_path):
    path = tmp_path / "a.png"
    photo().resize((90, 60)).save(path)
    assert part(path, (80, 50, 64, 64)).size == (10, 10)
    beyond = cut_window(WindowRequest(os.fsencode(path), (90, 0, 64, 64)))
    assert beyond == "has no pixels there: it is 90 × 60 large"


def test_transparency_finer_shades_and_palettes_come_as_they_are_shown(tmp_path):
    clear = photo().resize((40, 30)).convert("RGBA")
    clear.putalpha(100)
    clear.save(tmp_path / "clear.png")
    assert same(part(tmp_path / "clear.png", (5, 5, 20, 20)), clear.crop((5, 5, 25, 25)))
    ramp = np.arange(40 * 30, dtype=np.uint16).reshape(30, 40) * 50
    Image.fromarray(ramp).save(tmp_path / "fine.png")
    cut = np.asarray(part(tmp_path / "fine.png", (0, 0, 40, 30)), np.int16)
    assert np.abs(cut - ramp / 257).max() <= 0.5
    floats = np.linspace(-3.0, 5.0, 1200, dtype=np.float32).reshape(30, 40)
    Image.fromarray(floats).save(tmp_path / "floats.tif")
    # The range is that of all of the picture, not of the part.
    assert np.asarray(part(tmp_path / "floats.tif", (0, 0, 40, 1))).max() < 10
    few = photo().resize((40, 30)).quantize(16)
    few.save(tmp_path / "few.gif")
    assert same(part(tmp_path / "few.gif", (3, 4, 9, 8)), few.convert("RGB").crop((3, 4, 12, 12)))


def test_of_an_animation_it_is_the_first_frame(tmp_path):
    frames = [photo(40, 30 + number).resize((40, 30)) for number in (0, 9, 20)]
    frames[0].save(tmp_path / "a.webp", save_all=True, append_images=frames[1:], lossless=True)
    assert same(part(tmp_path / "a.webp", (0, 0, 40, 30)).convert("RGB"), frames[0])


def test_colours_are_those_that_are_shown_as_on_the_small_picture(tmp_path):
    path = tmp_path / "adobe.jpg"
    exif = Image.Exif()
    exif[0x8769] = {0xA001: 2}
    Image.new("RGB", (64, 64), (200, 60, 60)).save(path, quality=100, exif=exif.tobytes())
    close = np.asarray(part(path, (0, 0, 64, 64)))[30, 30]
    small = make_thumbnail(ThumbnailRequest(os.fsencode(path), 64))
    assert isinstance(small, bytes)
    assert close[0] > 210, "Adobe RGB is redder than sRGB"
    assert np.abs(np.asarray(Image.open(io.BytesIO(small)))[30, 30].astype(int) - close).max() < 5


def test_a_picture_is_decoded_once_for_its_parts_and_again_when_it_is_another(tmp_path):
    forget_pictures()
    path = tmp_path / "a.png"
    photo(60, 40).save(path)
    first = part(path, (0, 0, 20, 20))
    assert same(part(path, (20, 20, 20, 20)), photo(60, 40).crop((20, 20, 40, 40)))
    assert len(window._kept) == 1
    photo(60, 41).save(path)
    assert not same(part(path, (0, 0, 20, 20)), first)


def test_what_workers_keep_is_bounded(tmp_path, monkeypatch):
    forget_pictures()
    monkeypatch.setattr(window, "KEPT_BYTES", 3 * 60 * 44 * 4)
    for number in range(5):
        photo(60, 40 + number).save(tmp_path / f"{number}.png")
        part(tmp_path / f"{number}.png", (0, 0, 10, 10))
    assert len(window._kept) == 3
    forget_pictures()


def test_every_hostile_picture_is_cut_or_reported(corpus):
    paths = sorted(path for path in (corpus / "hostile").rglob("*") if path.is_file())
    requests = [WindowRequest(os.fsencode(path), (0, 0, 64, 64)) for path in paths]
    with LocalPool(2, item_seconds=120) as pool:
        made = dict(pool.map(cut_window, requests))
    assert len(made) == len(paths)
    assert not [one for one in made.values() if isinstance(one, WorkerLoss)]
    reasons = [one for one in made.values() if isinstance(one, str)]
    assert all(0 < len(one) < 250 and "\n" not in one for one in reasons)
    assert len(reasons) < len(paths) * 0.4
