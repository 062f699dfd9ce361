"""Scans of one form, no two of them filled in alike, each a little turned."""

from __future__ import annotations

from functools import cache

import numpy as np
from PIL import Image, ImageDraw, ImageFont

_SIZE = (1240, 1754)
_PAPER = 248
_ROWS = 18
_LABELS = ("Name", "Given name", "Date of birth", "Place", "Street", "Number", "Reason")
_WORDS = (
    *("north", "mill", "anna", "1974", "garden", "seven", "blue", "harbour", "smith", "lane"),
    *("renewal", "lost", "old", "copy"),
)


def filled_form(number: int) -> Image.Image:
    """One of any number of scans; the same number gives the same one."""
    chance = np.random.default_rng([7, number])
    made = _blank().copy()
    pen, font = ImageDraw.Draw(made), ImageFont.load_default(22)
    for row in range(_ROWS):
        said = " ".join(chance.choice(_WORDS, chance.integers(2, 6)))
        pen.text((440 + chance.integers(40), 220 + 80 * row), said, 30, font)
    angle = chance.uniform(-0.6, 0.6)
    return made.rotate(angle, Image.Resampling.BICUBIC, fillcolor=_PAPER)


@cache
def _blank() -> Image.Image:
    font, head = ImageFont.load_default(22), ImageFont.load_default(40)
    blank = Image.new("L", _SIZE, _PAPER)
    pen = ImageDraw.Draw(blank)
    pen.text((80, 60), "County Office of Records", 0, head)
    pen.text((80, 120), "Application for a copy of a certificate", 0, font)
    for row in range(_ROWS):
        pen.text((80, 220 + 80 * row), f"{row + 1}. {_LABELS[row % len(_LABELS)]}", 0, font)
        pen.rectangle((420, 212 + 80 * row, 1160, 264 + 80 * row), outline=60, width=2)
    return blank
