"""Pages of one template that say other things are no edited copies; a stamped page is one."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from blake3 import blake3
from harness.letters import LINES, addressed, letter, receipt, scanned, spreadsheet, terminal
from PIL import Image, ImageDraw, ImageEnhance, ImageFont

from difd.engine.edited.laying import LayTask, lay
from difd.engine.edited.verdict import Verdict

Edit = Callable[[Image.Image], Image.Image]


def verdict(folder: Path, one: Image.Image, other: Image.Image) -> Verdict | None:
    """What a search says of two pictures that have features in common."""
    paths, sizes = (folder / "one.png", folder / "other.png"), (one.size, other.size)
    for path, picture in zip(paths, (one, other), strict=True):
        picture.save(path, compress_level=1)
    digests = [blake3(path.read_bytes()).digest() for path in paths]
    laid = lay(LayTask(0, *map(bytes, paths), *digests, *sizes, (1, 0, 0, 0, 1, 0)))
    return laid and laid.verdict


def drawn(page: Image.Image, what: Callable[[ImageDraw.ImageDraw], object]) -> Image.Image:
    made = page.copy()
    what(ImageDraw.Draw(made))
    return made


def stamped(page: Image.Image) -> Image.Image:
    stamp = Image.new("L", page.size, 255)
    pen = ImageDraw.Draw(stamp)
    pen.rectangle((330, 460, 640, 570), outline=90, width=6)
    pen.text((350, 480), "RECEIVED", 90, ImageFont.load_default(55))
    turned = stamp.rotate(12, center=(480, 510), fillcolor=255)
    return Image.fromarray(np.minimum(np.asarray(page), np.asarray(turned)))


def highlighted(page: Image.Image) -> Image.Image:
    values = np.asarray(page).copy()
    values[404:444, 60:540] = np.minimum(values[404:444, 60:540], 225)
    return Image.fromarray(values)


def signed(page: Image.Image) -> Image.Image:
    heights = np.random.default_rng(3).integers(1040, 1120, 30).tolist()
    line = [(400 + 8 * place, height) for place, height in enumerate(heights)]
    made = drawn(page, lambda pen: pen.line(line, 30, 3))
    made = drawn(made, lambda pen: pen.line((60, 381, 400, 382), 40, 3))
    note = ImageFont.load_default(28)
    return drawn(made, lambda pen: pen.text((660, 600), "ask Tom!", 60, note))


def hidden(page: Image.Image, tone: int) -> Image.Image:
    made = page
    for line in (5, 6, 17):
        box = (56, 203 + 20 * line, 470, 222 + 20 * line)
        made = drawn(made, lambda pen, box=box: pen.rectangle(box, tone))
    return made


def watermarked(page: Image.Image) -> Image.Image:
    mask = Image.new("L", page.size)
    ImageDraw.Draw(mask).text((90, 460), "COPY  DRAFT", 90, ImageFont.load_default(120))
    return Image.composite(Image.new("L", page.size, 150), page, mask.rotate(30))


def with_sticker(page: Image.Image) -> Image.Image:
    made = drawn(page, lambda pen: pen.ellipse((330, 400, 530, 600), 220, 0, 6))
    made = drawn(made, lambda pen: pen.ellipse((380, 450, 405, 490), 0))
    return drawn(made, lambda pen: pen.ellipse((455, 450, 480, 490), 0))


EDITS: dict[str, Edit] = {
    "stamp": stamped,
    "highlighter": highlighted,
    "signature, underline and note": signed,
    "redacted": lambda page: hidden(page, 0),
    "white-out": lambda page: hidden(page, 255),
    "watermark": watermarked,
    "sticker": with_sticker,
}


@pytest.mark.parametrize("name", EDITS)
def test_a_page_that_something_was_done_to_is_an_edited_copy(tmp_path, name):
    page = letter()
    copy = scanned(EDITS[name](page), 0, 60)
    assert verdict(tmp_path, scanned(page, 0, 85), copy) is Verdict.EDITED


def test_a_brighter_scan_a_small_one_and_a_crop_are_edited_copies(tmp_path):
    page = letter()
    brighter = scanned(ImageEnhance.Brightness(page).enhance(1.3), 1, 60)
    assert verdict(tmp_path, page, brighter) is Verdict.EDITED
    assert verdict(tmp_path, page, scanned(page, 0.5, 40, 480)) is Verdict.EDITED
    assert verdict(tmp_path, page, page.crop((8, 20, 815, 1130))) is Verdict.EDITED


@pytest.mark.parametrize(
    ("lines", "size", "bold", "width"),
    [(1, 14, 0, 0), (3, 15, 0, 620), (12, 13, 1, 0)],
)
def test_letters_of_one_template_with_other_lines_are_none(tmp_path, lines, size, bold, width):
    changed = range(7, LINES, LINES // lines)[:lines]
    one = scanned(letter(size=size, bold=bold), 0.2, 85, width)
    other = scanned(letter(changed, size, bold), -0.3, 60, width)
    assert verdict(tmp_path, one, other) is None


def test_letters_to_two_people_are_none(tmp_path):
    one, other = (scanned(addressed(name), 0, 85) for name in ("Mr Miller", "Ms Walker"))
    assert verdict(tmp_path, one, other) is None


@pytest.mark.parametrize("page", [receipt, terminal, spreadsheet])
def test_receipts_terminals_and_spreadsheets_that_say_other_things_are_none(tmp_path, page):
    assert verdict(tmp_path, scanned(page(1), 0, 90), scanned(page(2), 0, 60)) is None
