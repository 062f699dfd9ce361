"""Originals of the set of edited copies that no camera took: clip art, screens, a chart, a page."""

from __future__ import annotations

import math
import random
from collections.abc import Callable
from typing import NamedTuple

from PIL import Image, ImageDraw, ImageFont

from bench.corpus import package
from bench.edit_sources import Picture, Source, clip_art, other_photos, scaled

CLIP_ART = 6
LONGER_EDGE = 1000

_WORDS = """
river road stone water town bridge north valley people market winter boats grain timber hill
crossing the of and along which was built after every year toward
"""


class Graphic(NamedTuple):
    """A drawing, and the names of pictures of the set that are seen in it."""

    picture: Picture
    also: tuple[str, ...] = ()


def _clip(source: Source) -> Callable[[], Graphic]:
    def make() -> Graphic:
        drawing = source.load()
        return Graphic(scaled(drawing, LONGER_EDGE / max(drawing.size)))

    return make


def loaded(source: Source) -> Callable[[], Graphic]:
    """What makes an original of a picture as it is."""
    return lambda: Graphic(source.load())


def originals() -> dict[str, Callable[[], Graphic]]:
    """What makes each of them, by name."""
    step = len(clip_art()) // CLIP_ART
    chosen = clip_art()[step // 3 :: step][:CLIP_ART]
    return {
        **{source.name: _clip(source) for source in chosen},
        "map": loaded(Source("map", "kgeography-data", "kgeography/portugal_provinces.png")),
        "konqui": loaded(
            Source(
                "konqui",
                "plasma-workspace-wallpapers",
                "FlyingKonqui/contents/images/2560x1600.png",
            )
        ),
        "editor": _editor,
        "shop": _shop,
        "chart": _chart,
        "page": _page,
    }


def _editor() -> Graphic:
    """A screenshot of an editor that shows a program."""
    screen = Image.new("RGB", (1600, 1000), (30, 33, 40))
    draw, font = ImageDraw.Draw(screen), ImageFont.load_default(17)
    draw.rectangle((0, 0, 1600, 40), (52, 58, 70))
    draw.text((16, 10), "common.py    camshift.py    edge.py", (220, 220, 225), font)
    draw.rectangle((0, 40, 240, 1000), (38, 42, 51))
    program = package("opencv-doc") / "usr/share/doc/opencv-doc/examples/python/common.py"
    for row, path in enumerate(sorted(program.parent.glob("[a-f]*.py"))):
        draw.text((20, 60 + 28 * row), path.name, (170, 176, 190), font)
    colours = ((210, 214, 220), (152, 195, 121), (224, 155, 90), (97, 175, 239))
    for row, line in enumerate(program.read_text().splitlines()[:40]):
        draw.text((256, 52 + 23 * row), f"{row + 1:3}", (100, 106, 118), font)
        indent = len(line) - len(line.lstrip())
        colour = colours[len(line.split()) % len(colours)]
        draw.text((310 + 9 * indent, 52 + 23 * row), line.strip(), colour, font)
    return Graphic(screen)


def _shop() -> Graphic:
    """A screenshot of a page that offers twelve things."""
    chance = random.Random("shop")
    screen = Image.new("RGB", (1440, 1100), "white")
    draw, font = ImageDraw.Draw(screen), ImageFont.load_default(18)
    draw.rectangle((0, 0, 1440, 70), (20, 90, 80))
    draw.text((30, 20), "Corner Shop", "white", ImageFont.load_default(30))
    things = clip_art()[len(clip_art()) // 7 :: len(clip_art()) // 13][:12]
    for number, thing in enumerate(things):
        left, top = 60 + number % 4 * 345, 110 + number // 4 * 325
        draw.rectangle((left, top, left + 300, top + 300), None, (205, 205, 205), 2)
        drawing = thing.load()
        drawing.thumbnail((220, 200))
        screen.paste(drawing, (left + (300 - drawing.width) // 2, top + 12))
        draw.text((left + 16, top + 225), f"Article {chance.randrange(10000):04}", "black", font)
        price = f"{chance.randrange(99)}.{chance.randrange(100):02} EUR"
        draw.text((left + 16, top + 258), price, (170, 40, 40), font)
    return Graphic(screen, tuple(thing.name for thing in things))


def _chart() -> Graphic:
    """Bars and two lines."""
    chance = random.Random("chart")
    sheet = Image.new("RGB", (1200, 800), "white")
    draw, font = ImageDraw.Draw(sheet), ImageFont.load_default(18)
    draw.text((90, 20), "Orders and returns by month", "black", ImageFont.load_default(28))
    for step in range(7):
        top = 720 - 105 * step
        draw.line((90, top, 1160, top), (215, 215, 215), 1)
        draw.text((80, top), f"{step * 50}", "black", font, "rm")
    for month in range(24):
        left, height = 100 + 44 * month, chance.randint(80, 560)
        draw.rectangle((left, 720 - height, left + 26, 720), (70, 120, 190))
        draw.text((left + 13, 740), f"{month + 1}", "black", font, "mm")
    for colour, level in (((200, 70, 40), 300), ((60, 150, 70), 450)):
        points = [
            (113 + 44 * month, level + 90 * math.sin(month / 3 + level) + chance.uniform(-40, 40))
            for month in range(24)
        ]
        draw.line(points, colour, 4, "curve")
        for x, y in points:
            draw.ellipse((x - 6, y - 6, x + 6, y + 6), colour)
    return Graphic(sheet)


def _page() -> Graphic:
    """A page of a book, with a picture."""
    chance = random.Random("page")
    photo = other_photos()[40]
    sheet = Image.new("RGB", (1240, 1754), "white")
    draw, font = ImageDraw.Draw(sheet), ImageFont.load_default(24)
    draw.text((120, 110), "7   Of rivers and roads", "black", ImageFont.load_default(40))
    shown = photo.load()
    shown.thumbnail((700, 480))
    top = 210
    while top < 1620:
        if 600 < top < 640:
            sheet.paste(shown, ((1240 - shown.width) // 2, top))
            top += shown.height + 30
        line = " ".join(chance.choices(_WORDS.split(), k=chance.randint(11, 13)))
        draw.text((120, top), line, (20, 20, 20), font)
        top += 36
    return Graphic(sheet, (photo.name,))
