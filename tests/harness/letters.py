"""Pages of one template: letters of one sender, receipts of one shop, a terminal, a spreadsheet."""

from __future__ import annotations

import random
from collections.abc import Collection
from io import BytesIO

from PIL import Image, ImageDraw, ImageFont

LINES = 46
_WORDS = (
    *("invoice", "payment", "due", "total", "amount", "customer", "reference", "date", "item"),
    *("delivery", "quantity", "price", "net", "tax", "please", "transfer", "account", "contract"),
    *("party", "agreement", "clause", "shall", "hereby", "terms", "service", "notice", "regards"),
)
_PAPER = 250


def letter(changed: Collection[int] = (), size: int = 14, bold: int = 0) -> Image.Image:
    """A4 in 100 dots an inch; the lines of the given numbers say something else."""
    page = Image.new("L", (827, 1169), _PAPER)
    pen, font = ImageDraw.Draw(page), ImageFont.load_default(size)
    pen.ellipse((50, 36, 150, 136), 90)
    pen.text((200, 70), "ACME Logistics GmbH", 20, ImageFont.load_default(32))
    pen.line((50, 180, 777, 180), 40, 3)
    for line in range(LINES):
        chance = random.Random(f"{line} {line in changed}")
        said = " ".join(chance.choices(_WORDS, k=chance.randint(5, 9)))
        pen.text((60, 205 + 20 * line), said, 15, font, stroke_width=bold)
    return page


def addressed(name: str) -> Image.Image:
    """A letter to somebody: nothing else differs."""
    page = letter()
    words = f"Dear {name}, thank you for your order"
    ImageDraw.Draw(page).text((200, 152), words, 15, ImageFont.load_default(14))
    return page


def receipt(number: int) -> Image.Image:
    """Of one shop: some goods are others, and all prices."""
    chance = random.Random(number)
    page = Image.new("L", (480, 1000), 245)
    pen, face = ImageDraw.Draw(page), ImageFont.load_default(22)
    pen.text((110, 40), "CORNER SHOP", 20, ImageFont.load_default(36))
    pen.text((90, 100), "12 Long Road, Milltown", 30, face)
    pen.line((30, 150, 450, 150), 40, 3)
    for row in range(18):
        item = ("bread", "milk", "apples", "coffee", "soap")[row % 5]
        if chance.random() < 0.3:
            item = chance.choice(("eggs", "flour", "butter", "beans"))
        pen.text((40, 180 + 36 * row), item, 25, face)
        pen.text((360, 180 + 36 * row), f"{chance.randrange(100, 2000) / 100:.2f}", 25, face)
    pen.text((70, 900), "Thank you for your visit", 30, face)
    return page


def terminal(number: int) -> Image.Image:
    """The same window, bright on dark: six lines of 36 are others."""
    same, own = random.Random(0), random.Random(number)
    screen = Image.new("L", (1024, 640), 24)
    pen, face = ImageDraw.Draw(screen), ImageFont.load_default(12)
    pen.rectangle((0, 0, 1024, 30), 80)
    pen.text((460, 6), "Terminal", 230, ImageFont.load_default(15))
    for line in range(36):
        chance = own if 14 <= line < 20 else same
        words = ("".join(chance.choices("abcdefghijklmnop/.-", k=10)) for _ in range(9))
        pen.text((8, 36 + 16 * line), " ".join(words), 210, face)
    return screen


def spreadsheet(number: int) -> Image.Image:
    """The same table: one of twenty cells holds another number."""
    same, own = random.Random(0), random.Random(number)
    sheet = Image.new("L", (1024, 640), 255)
    pen, face = ImageDraw.Draw(sheet), ImageFont.load_default(13)
    pen.rectangle((0, 0, 1024, 60), 225)
    for row in range(26):
        pen.line((0, 60 + 22 * row, 1024, 60 + 22 * row), 205)
        for column in range(10):
            pen.line((102 * column, 60, 102 * column, 640), 205)
            said, other = same.randrange(10**6), own.randrange(10**6)
            shown = other if own.random() < 0.05 else said
            pen.text((102 * column + 20, 64 + 22 * row), f"{shown / 100:.2f}", 20, face)
    return sheet


def scanned(page: Image.Image, angle: float, quality: int, width: int = 0) -> Image.Image:
    """Turned counter-clockwise by some degrees, in another width, and saved as JPEG."""
    paper = page.getpixel((2, page.height - 3))
    made = page.rotate(angle, Image.Resampling.BICUBIC, fillcolor=paper)
    if width:
        made = made.resize((width, round(width * page.height / page.width)))
    data = BytesIO()
    made.save(data, "JPEG", quality=quality)
    with Image.open(data) as read:
        read.load()
        return read
