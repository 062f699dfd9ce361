"""A folder of edited copies of real photos, of every kind that the page shows in its own way."""

from __future__ import annotations

import math
from functools import cache
from io import BytesIO
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw, ImageEnhance, ImageFont, ImageOps

from harness.photos import whole_photo

ORIGINALS = {
    "astronaut": ("astronaut.png", (512, 512)),
    "coffee": ("coffee.png", (600, 400)),
    "rocket": ("rocket.jpg", (640, 427)),
}
"""Their photos, and their sizes."""

CROP = 0.4
"""Share of an original that its crops show."""

CROP_AT = (0.3, 0.1)
"""Where the crop's upper left corner lies, as shares of width and height."""

ASLANT = ((0.1, 0.05), (0.97, 0.0), (1.0, 0.96), (0.0, 1.0))
"""Where the corners of the copy that is seen aslant lie in its original, as shares."""


def edited_copies(folder: Path) -> Path:
    """Twenty-one files, four groups.

    Of each original: a crop, one with a caption, a brighter one, and a mirrored crop; of all three
    a collage, which belongs to three groups. Of the coffee also a turned crop, one seen aslant, and
    a copy of the same bytes, so that its group has members and edited copies. The fourth group is
    a pair without edited copies.
    """
    for name, content in _files().items():
        place = folder / name
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(content)
    return folder


def crop_box(size: tuple[int, int], at: tuple[float, float] = CROP_AT) -> tuple[int, int, int, int]:
    """Where a crop lies in a picture of this size, in its pixels."""
    width, height = size
    left, top = round(at[0] * width), round(at[1] * height)
    edge = math.sqrt(CROP)
    return left, top, left + round(edge * width), top + round(edge * height)


@cache
def _files() -> dict[str, bytes]:
    made: dict[str, bytes] = {}
    originals = {name: _original(name) for name in ORIGINALS}
    for name, picture in originals.items():
        made[f"Photos/{name}.jpg"] = _jpeg(picture)
        made[f"Edited/{name} crop.jpg"] = _jpeg(picture.crop(crop_box(picture.size)))
        mirrored = ImageOps.mirror(picture.crop(crop_box(picture.size, (0.05, 0.25))))
        made[f"Edited/{name} mirrored crop.jpg"] = _jpeg(mirrored)
        made[f"Edited/{name} caption.jpg"] = _jpeg(_captioned(picture))
        made[f"Edited/{name} brighter.jpg"] = _jpeg(_brighter(picture))
    coffee = originals["coffee"]
    turned = coffee.crop(crop_box(coffee.size, (0.2, 0.2))).transpose(Image.Transpose.ROTATE_90)
    made["Edited/coffee turned crop.jpg"] = _jpeg(turned)
    made["Edited/coffee aslant.jpg"] = _jpeg(_aslant(coffee))
    made["Edited/collage.jpg"] = _jpeg(_collage([*originals.values()]))
    made["Photos/coffee copy.jpg"] = made["Photos/coffee.jpg"]
    cat = whole_photo("chelsea.png").convert("RGB")
    made["Photos/cat.jpg"] = made["Photos/cat copy.jpg"] = _jpeg(cat)
    return made


def _original(name: str) -> Image.Image:
    photo, size = ORIGINALS[name]
    return whole_photo(photo).convert("RGB").resize(size)


def _captioned(picture: Image.Image) -> Image.Image:
    """Large letters above and below, as people write on pictures that they send each other."""
    made = picture.copy()
    pen, size = ImageDraw.Draw(made), picture.height // 8
    font = ImageFont.load_default(size)
    for words, at, anchor in (("WHAT IT IS", 0.03, "ma"), ("IS SAID HERE", 0.97, "md")):
        where = (picture.width / 2, at * picture.height)
        pen.text(where, words, "white", font, anchor, stroke_width=size // 12, stroke_fill="black")
    return made


def _brighter(picture: Image.Image) -> Image.Image:
    """Smaller, too: of two of one size either may be taken for the original."""
    return ImageEnhance.Brightness(ImageOps.scale(picture, 0.8)).enhance(1.15)


def _aslant(picture: Image.Image) -> Image.Image:
    """As if it were photographed from the side: what `ASLANT` bounds fills the frame."""
    width, height = picture.size
    frame = [(0, 0), (width, 0), (width, height), (0, height)]
    rows, goals = [], []
    for (x, y), (across, down) in zip(frame, ASLANT, strict=True):
        for goal, row in (
            (across * width, [x, y, 1, 0, 0, 0]),
            (down * height, [0, 0, 0, x, y, 1]),
        ):
            rows.append([*row, -goal * x, -goal * y])
            goals.append(goal)
    numbers = np.linalg.solve(np.array(rows, float), np.array(goals))
    return picture.transform(
        picture.size, Image.Transform.PERSPECTIVE, numbers.tolist(), Image.Resampling.BICUBIC
    )


def _collage(pictures: list[Image.Image]) -> Image.Image:
    """All of them in one row, of one height, with a gap between them."""
    height, gap = 360, 12
    parts = [ImageOps.scale(picture, height / picture.height) for picture in pictures]
    width = sum(part.width for part in parts) + gap * (len(parts) + 1)
    made = Image.new("RGB", (width, height + 2 * gap), "white")
    left = gap
    for part in parts:
        made.paste(part, (left, gap))
        left += part.width + gap
    return made


def _jpeg(picture: Image.Image) -> bytes:
    written = BytesIO()
    picture.save(written, "JPEG", quality=92)
    return written.getvalue()
