"""What people do to pictures: the edits that the set of edited copies is made of.

Every edit says which part of the original it shows, and how it was turned.
"""

from __future__ import annotations

import math
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from PIL import Image, ImageDraw, ImageEnhance, ImageFilter, ImageFont, ImageOps

from bench.edit_colours import colours
from bench.edit_sources import Picture, scaled
from bench.edit_truth import WHOLE, Rect

CROPS = (1, 2, 5, 10, 20, 30, 50, 70)
"""Shares of the area that crops keep, in percent."""

Company = Sequence[tuple[str, Picture]]
"""Other pictures that stand beside the original, by name."""


@dataclass(frozen=True)
class Edit:
    """An edited copy before it is saved.

    Attributes:
        name: of the kind of edit.
        picture: what became of the original.
        rect: the part of the original that it shows.
        mirrored, angle: how it was turned; degrees counter-clockwise.
        save: what Pillow's JPEG writer is told.
        also: names of other pictures that are seen in it.
    """

    name: str
    picture: Picture
    rect: Rect = WHOLE
    mirrored: bool = False
    angle: float = 0.0
    save: dict[str, Any] = field(default_factory=dict)
    also: tuple[str, ...] = ()


def edits(picture: Picture, chance: random.Random, company: Company) -> Iterator[Edit]:
    """All edits of a picture; `company` are three others."""
    yield from _crops(picture, chance)
    yield from _savings(picture)
    yield from _surroundings(picture)
    yield from _things_on_top(picture, chance)
    yield from _tones(picture)
    yield from _filters(picture, chance)
    yield from _turns(picture, chance)
    yield from _places(picture, chance, company)
    yield _strong_mix(picture, chance)
    for name, copy, save in colours(picture):
        yield Edit(name, copy, save=save)


def cut(picture: Picture, rect: Rect) -> Picture:
    """The part of a picture."""
    (width, height), (left, top, right, bottom) = picture.size, rect
    box = (round(left * width), round(top * height), round(right * width), round(bottom * height))
    return picture.crop((box[0], box[1], max(box[0] + 1, box[2]), max(box[1] + 1, box[3])))


def part(
    chance: random.Random, area: float, *, centred: bool = False, shaped: bool = False
) -> Rect:
    """A part of so much of the area; `shaped` keeps the aspect, else it changes up to twofold."""
    width = height = math.sqrt(area)
    if not shaped:
        widest = min(2.0, 1 / area)
        aspect = math.exp(chance.uniform(min(math.log(1.25), math.log(widest)), math.log(widest)))
        aspect = aspect if chance.random() < 0.5 else 1 / aspect
        width, height = math.sqrt(area * aspect), math.sqrt(area / aspect)
    left, top = (1 - width) / 2, (1 - height) / 2
    if not centred:
        left, top = chance.uniform(0, 1 - width), chance.uniform(0, 1 - height)
    return left, top, left + width, top + height


def _crops(picture: Picture, chance: random.Random) -> Iterator[Edit]:
    for percent in CROPS:
        rect = part(chance, percent / 100, centred=True, shaped=True)
        yield Edit(f"crop{percent:02}_centre", cut(picture, rect), rect, save={"quality": 90})
        rect = part(chance, percent / 100)
        yield Edit(f"crop{percent:02}_off", cut(picture, rect), rect, save={"quality": 90})
    for percent, quality, scale in ((30, 60, 0.5), (30, 30, 0.5), (10, 30, 0.7)):
        rect = part(chance, percent / 100, shaped=True)
        small = scaled(cut(picture, rect), scale)
        name = f"crop{percent}_s{scale * 100:.0f}_q{quality}"
        yield Edit(name, small, rect, save={"quality": quality})


def _savings(picture: Picture) -> Iterator[Edit]:
    yield Edit("jpeg10", picture, save={"quality": 10})
    small = scaled(picture, 320 / max(picture.size))
    yield Edit("resize320_q50", small, save={"quality": 50})


def _surroundings(picture: Picture) -> Iterator[Edit]:
    width, height = picture.size
    yield Edit("border10", ImageOps.expand(picture, round(0.05 * (width + height)), "white"))
    edge = max(width, height) if width != height else round(1.5 * width)
    square = Image.new("RGB", (edge, max(width, height)))
    square.paste(picture, ((edge - width) // 2, (square.height - height) // 2))
    yield Edit("letterbox", square)


def _things_on_top(picture: Picture, chance: random.Random) -> Iterator[Edit]:
    yield Edit("watermark", watermarked(picture, "© sample.stock", 110))
    yield Edit("caption", captioned(picture))
    yield Edit("emoji10", _with_faces(picture, 4, 0.10, chance))
    yield Edit("emoji30", _with_faces(picture, 3, 0.30, chance))


def watermarked(picture: Picture, text: str, strength: int) -> Picture:
    """With a pale text all over it; `strength` is its opacity, 0 to 255."""
    width, height = picture.size
    layer = Image.new("RGBA", picture.size, (255, 255, 255, 0))
    draw, font = ImageDraw.Draw(layer), ImageFont.load_default(max(10, height // 12))
    step = max(40, width // 2)
    for row, top in enumerate(range(0, height, max(20, height // 5))):
        for left in range(-step + row % 2 * step // 2, width, step):
            draw.text((left, top), text, (255, 255, 255, strength), font)
    return Image.alpha_composite(picture.convert("RGBA"), layer).convert("RGB")


def captioned(picture: Picture) -> Picture:
    """With large letters above and below."""
    result = picture.copy()
    width, height = picture.size
    size = max(12, min(height // 9, width // 12))
    draw, font = ImageDraw.Draw(result), ImageFont.load_default(size)
    for top, text in ((0.03, "WHEN YOU SEE IT"), (0.85, "YOU CANNOT UNSEE")):
        draw.text(
            (width / 2, top * height),
            *(text, "white", font, "ma"),
            stroke_width=max(2, size // 14),
            stroke_fill="black",
        )
    return result


def _with_faces(picture: Picture, count: int, share: float, chance: random.Random) -> Picture:
    result = picture.copy()
    draw, (width, height) = ImageDraw.Draw(result), picture.size
    radius = min(math.sqrt(share * width * height / count / math.pi), min(width, height) / 2)
    for _ in range(count):
        x, y = chance.uniform(radius, width - radius), chance.uniform(radius, height - radius)

        def box(left: float, top: float, right: float, bottom: float) -> tuple[float, ...]:
            return x + left * radius, y + top * radius, x + right * radius, y + bottom * radius  # noqa: B023

        line = max(1, round(radius / 12))
        draw.ellipse(box(-1, -1, 1, 1), (255, 204, 50), (90, 60, 0), line)
        for side in (-0.35, 0.35):
            draw.ellipse(box(side - 0.12, -0.45, side + 0.12, -0.15), (60, 40, 0))
        draw.arc(box(-0.6, -0.5, 0.6, 0.65), 20, 160, (60, 40, 0), line)
    return result


def _tones(picture: Picture) -> Iterator[Edit]:
    for factor, sign in ((1.5, "up"), (0.5, "down")):
        yield Edit(f"bright_{sign}", ImageEnhance.Brightness(picture).enhance(factor))
    for factor, sign in ((1.7, "up"), (0.5, "down")):
        yield Edit(f"contrast_{sign}", ImageEnhance.Contrast(picture).enhance(factor))
    for gamma, sign in ((2.0, "dark"), (0.5, "light")):
        curve = [round(255 * (level / 255) ** gamma) for level in range(256)]
        yield Edit(f"gamma_{sign}", picture.point(curve * 3))
    grey = picture.convert("L")
    yield Edit("grey", grey)
    yield Edit("saturated", ImageEnhance.Color(picture).enhance(2))
    yield Edit("sepia", ImageOps.colorize(grey, (40, 20, 5), (255, 240, 200)))
    yield Edit("posterize", ImageOps.posterize(picture, 2))
    yield Edit("invert", ImageOps.invert(picture))


def _filters(picture: Picture, chance: random.Random) -> Iterator[Edit]:
    longer = max(picture.size)
    yield Edit("blur", picture.filter(ImageFilter.GaussianBlur(longer / 400)))
    yield Edit("blur_strong", picture.filter(ImageFilter.GaussianBlur(longer / 100)))
    yield Edit("sharpen", picture.filter(ImageFilter.UnsharpMask(3, 300, 0)))
    yield Edit("noise25", noisy(picture, 25, chance), save={"quality": 75})


def noisy(picture: Picture, strength: float, chance: random.Random) -> Picture:
    """With noise of so many grey levels (standard deviation), other in each channel."""
    levels = np.asarray(picture, np.float32)
    random_numbers = np.random.default_rng(chance.randrange(1 << 30))
    noise = random_numbers.standard_normal(levels.shape, dtype=np.float32)
    return Image.fromarray(np.clip(levels + strength * noise, 0, 255).astype(np.uint8))


def _turns(picture: Picture, chance: random.Random) -> Iterator[Edit]:
    for degrees in (2, 5, 10):
        angle = degrees * chance.choice((-1, 1))
        inner = _inner(picture, angle)
        turned = picture.rotate(angle, Image.Resampling.BICUBIC)
        yield Edit(f"turn{degrees:02}", cut(turned, inner), inner, angle=angle)
    expanded = picture.rotate(10, Image.Resampling.BICUBIC, expand=True)
    yield Edit("turn10_whole", expanded, angle=10)
    yield Edit("turn90", picture.transpose(Image.Transpose.ROTATE_90), angle=90)
    yield Edit("mirror", ImageOps.mirror(picture), mirrored=True)
    rect = part(chance, 0.3, shaped=True)
    yield Edit("mirror_crop30", ImageOps.mirror(cut(picture, rect)), rect, mirrored=True)
    width, height = picture.size
    narrow = picture.resize((round(width * 0.75), height), Image.Resampling.LANCZOS)
    yield Edit("stretch75", narrow)
    yield Edit("persp", _seen_aslant(picture, chance))


def _inner(picture: Picture, angle: float) -> Rect:
    """What a turn leaves without empty corners, in the same aspect: about the part it shows."""
    (width, height), turn = picture.size, math.radians(abs(angle))
    sine, cosine = math.sin(turn), math.cos(turn)
    kept = min(width / (width * cosine + height * sine), height / (width * sine + height * cosine))
    margin = (1 - kept) / 2
    return margin, margin, 1 - margin, 1 - margin


def _seen_aslant(picture: Picture, chance: random.Random, most: float = 0.08) -> Picture:
    """As a camera beside the middle would see it: every corner comes from up to so far away."""
    width, height = picture.size
    corners = ((0, 0), (0, height), (width, height), (width, 0))
    rows, values = [], []
    for x, y in corners:
        u = x + chance.uniform(-most, most) * width
        v = y + chance.uniform(-most, most) * height
        rows += [(x, y, 1, 0, 0, 0, -u * x, -u * y), (0, 0, 0, x, y, 1, -v * x, -v * y)]
        values += [u, v]
    numbers = np.linalg.solve(np.array(rows, np.float64), values).tolist()
    method = Image.Transform.PERSPECTIVE
    return picture.transform(picture.size, method, numbers, Image.Resampling.BICUBIC)


def _places(picture: Picture, chance: random.Random, company: Company) -> Iterator[Edit]:
    yield Edit("screen40", on_screen(picture, 0.40, chance))
    yield Edit("screen10", on_screen(picture, 0.10, chance))
    names = tuple(name for name, _ in company)
    yield Edit(
        "collage4", _collage([picture, *(other for _, other in company)], chance), also=names
    )
    for percent, (name, ground) in zip((20, 10), company, strict=False):
        yield Edit(f"paste{percent}", _pasted(picture, ground, percent / 100, chance), also=(name,))


def on_screen(picture: Picture, share: float, chance: random.Random) -> Picture:
    """A screenshot of a viewer; the picture takes about `share` of it."""
    screen = Image.new("RGB", (1920, 1080), (246, 246, 248))
    draw = ImageDraw.Draw(screen)
    draw.rectangle((0, 0, 1920, 48), (50, 54, 62))
    draw.text((20, 12), "Photos   File  Edit  View  Help", "white", ImageFont.load_default(22))
    draw.rectangle((0, 48, 260, 1080), (228, 230, 235))
    small = ImageFont.load_default(18)
    for row in range(22):
        draw.text((24, 80 + row * 44), f"Album {row + 1:02}, holiday", (40, 40, 40), small)
    for row in range(9):
        text = f"Lorem ipsum dolor sit amet, consectetur adipiscing elit {row * 37}"
        draw.text((290, 820 + row * 28), text, (20, 20, 20), small)
    scale = math.sqrt(share * 1920 * 1080 / (picture.width * picture.height))
    scale = min(scale, 1640 / picture.width, 1010 / picture.height)
    shown = scaled(picture, scale)
    left = 270 + chance.randrange(max(1, 1640 - shown.width))
    screen.paste(shown, (left, 56 + chance.randrange(max(1, 1016 - shown.height))))
    return screen


def _collage(pictures: list[Picture], chance: random.Random) -> Picture:
    sheet = Image.new("RGB", (1600, 1200))
    places = [(0, 0), (800, 0), (0, 600), (800, 600)]
    chance.shuffle(places)
    for one, place in zip(pictures, places, strict=True):
        sheet.paste(ImageOps.fit(one, (800, 600), Image.Resampling.LANCZOS), place)
    return sheet


def _pasted(picture: Picture, ground: Picture, share: float, chance: random.Random) -> Picture:
    """On another picture of 1600 pixels, over `share` of it."""
    result = scaled(ground, 1600 / max(ground.size))
    scale = math.sqrt(share * result.width * result.height / (picture.width * picture.height))
    scale = min(scale, 0.95 * result.width / picture.width, 0.95 * result.height / picture.height)
    shown = scaled(picture, scale)
    free = (result.width - shown.width, result.height - shown.height)
    result.paste(shown, (chance.randrange(free[0] + 1), chance.randrange(free[1] + 1)))
    return result


def _strong_mix(picture: Picture, chance: random.Random) -> Edit:
    rect = part(chance, 0.5)
    copy = ImageEnhance.Brightness(cut(picture, rect)).enhance(1.25)
    copy = _with_faces(ImageEnhance.Color(copy).enhance(0.6), 2, 0.08, chance)
    small = scaled(copy, min(1, 800 / max(copy.size)))
    return Edit("strong_mix", small, rect, save={"quality": 50})
