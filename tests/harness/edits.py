"""Edits of a photo, one of each kind that is told in words of its own."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from PIL import Image, ImageDraw, ImageEnhance, ImageFilter, ImageFont, ImageOps

from harness.photos import whole_photo

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


def others(folder: Path) -> None:
    """Pictures that have nothing to do with it."""
    coffee().save(folder / "other-1.jpg", quality=90)
    whole_photo("rocket.jpg").save(folder / "other-2.jpg", quality=90)
    whole_photo("chelsea.png").save(folder / "other-3.jpg", quality=90)
