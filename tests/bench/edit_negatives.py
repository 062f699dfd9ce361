"""Pictures of the set of edited copies that are hard to tell from edits and are none.

What is made, and how:

- documents on three letterheads; letters of one template, of which 1 to 12 lines of 46 are others,
  each scanned a little turned; the same frame with logo, or the same watermark, on different
  photos; the same user interface around different photos;
- scenes: photos that OpenCV's examples have of one thing from several places, stereo pairs, and
  frames of a fixed and of a moving video camera;
- bursts: four frames cut from one photo, some pixels apart and turned by up to half a degree. Then
  a net over it is bent by up to three pixels (as parallax and wind do), two things are laid on it
  that move from frame to frame, and every frame has its own exposure and noise;
- panoramas: three frames of a photo, of which neighbours share 30 to 80 %.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from functools import cache as remember
from pathlib import Path
from typing import NamedTuple

import av
import numpy as np
from PIL import Image, ImageDraw, ImageEnhance, ImageFont, ImageOps

from bench.corpus import package
from bench.edit_kinds import cut, noisy, on_screen, watermarked
from bench.edit_sources import Picture, Source, clip_art, fitted, flat, scaled
from bench.edit_truth import WHOLE, Rect

LETTERHEADS = ("ACME Logistics GmbH", "Northern Light Energy", "Public Library Trust")
DOCUMENTS = 60
LETTERS = 24
LOGOS = 60
INTERFACES = 40
FRAMES = 4

_WORDS = """
invoice payment due total amount customer reference date delivery item quantity price net tax please
transfer account contract party agreement clause shall hereby terms service period notice address
street city order number thank you regards signature annual report section figure result analysis
method value table data sample energy system project review
"""

EXAMPLES = "usr/share/doc/opencv-doc/examples/data"

SCENES = {
    "aero": ("aero1.jpg", "aero3.jpg"),
    "aloe": ("aloeL.jpg", "aloeR.jpg"),
    "basketball": ("basketball1.png", "basketball2.png"),
    "box": ("box.png", "box_in_scene.png"),
    "desk": ("left.jpg", "right.jpg"),
    "wall": ("graf1.png", "graf3.png"),
    "street": ("leuvenA.jpg", "leuvenB.jpg"),
    "toys": ("rubberwhale1.png", "rubberwhale2.png"),
    "board": tuple(
        f"{side}{number:02}.jpg"
        for side in ("left", "right")
        for number in (1, 2, 3, 4, 5, 6, 7, 8, 9, 11, 12, 13, 14)
    ),
}
"""Photos of one thing, from OpenCV's examples."""

VIDEOS = {"vtest.avi": 40, "tree.avi": 6, "Megamind.avi": 25}
"""Of every so many frames one is taken, twenty in all at most."""


class Negative(NamedTuple):
    """A picture, the place it comes from, and the part of it that is shown."""

    picture: Picture
    src: str
    rect: Rect | None = None


def logos() -> list[Source]:
    """The drawings that stand on letterheads and frames; they are nowhere else."""
    return [clip_art()[97 * number + 5] for number in range(len(LETTERHEADS) + 1)]


@remember
def _logo(number: int) -> Picture:
    return ImageOps.pad(logos()[number].load(), (180, 180), Image.Resampling.LANCZOS, "white")


def document(number: int) -> Negative:
    """A page of text under one of the letterheads."""
    chance = random.Random(f"document {number}")
    kind = number % len(LETTERHEADS)
    page = Image.new("RGB", (1240, 1754), "white")
    draw, text = ImageDraw.Draw(page), ImageFont.load_default(22)
    page.paste(_logo(kind), (80, 60))
    draw.text((300, 110), LETTERHEADS[kind], (20, 40, 90), ImageFont.load_default(48))
    draw.line((80, 270, 1160, 270), (20, 40, 90), 4)
    words, top = _WORDS.split(), 320
    for _ in range(46):
        if chance.random() < 0.12:
            top += 26
            continue
        line = " ".join(chance.choices(words, k=chance.randint(6, 12)))
        if chance.random() < 0.3:
            line += f" {chance.randrange(9999)}.{chance.randrange(100):02}"
        draw.text((90, top), line, (15, 15, 15), text)
        top += 29
    return Negative(page, f"document{number:02}")


def letter(number: int) -> Negative:
    """A scan of a letter: two of them have most of their lines in common."""
    chance = random.Random(f"letter {number}")
    changed = chance.sample(range(46), chance.choice((1, 2, 3, 6, 12)))
    page = Image.new("RGB", (1240, 1754), (250, 250, 250))
    draw, text = ImageDraw.Draw(page), ImageFont.load_default(22)
    draw.text((300, 110), LETTERHEADS[0], (20, 40, 90), ImageFont.load_default(48))
    draw.line((80, 270, 1160, 270), (20, 40, 90), 4)
    for line in range(46):
        said = random.Random(f"line {line} {number if line in changed else ''}")
        words = " ".join(said.choices(_WORDS.split(), k=said.randint(5, 9)))
        draw.text((90, 320 + 29 * line), words, (15, 15, 15), text)
    turned = page.rotate(
        chance.uniform(-0.4, 0.4), Image.Resampling.BICUBIC, fillcolor=(250, 250, 250)
    )
    return Negative(turned, f"letter{number:02}")


def branded(number: int, photo: Source) -> Negative:
    """A photo with the watermark, or with the frame and logo, that all of them have."""
    picture = fitted(photo.load(), 1_000_000)
    if number % 2:
        return Negative(watermarked(picture, "© Holiday Pictures", 150), photo.name, WHOLE)
    logo = scaled(_logo(3), picture.width / 6 / 180)
    picture.paste(logo, (picture.width - logo.width - 20, picture.height - logo.height - 20))
    return Negative(ImageOps.expand(picture, 25, (10, 10, 60)), photo.name, WHOLE)


def in_interface(number: int, photo: Source) -> Negative:
    """A photo in the viewer that all of them are shown in."""
    chance = random.Random(f"interface {number}")
    return Negative(on_screen(photo.load(), 0.2, chance), photo.name, WHOLE)


def scenes() -> Iterator[tuple[str, Negative]]:
    """Photos of one thing, and frames of videos."""
    root = package("opencv-doc") / EXAMPLES
    for scene, names in SCENES.items():
        for number, name in enumerate(names):
            with Image.open(root / name) as picture:
                yield f"{scene}-{number:02}", Negative(flat(picture), f"scene-{scene}")
    for side in ("left", "right"):
        photo = Source("", "skimage", f"motorcycle_{side}.png").load()
        yield f"motorcycle-{side}", Negative(photo, "scene-motorcycle")
    for name, step in VIDEOS.items():
        place = Path(name).stem.lower()
        for number, frame in enumerate(_frames(root / name, step)):
            yield f"{place}-{number:02}", Negative(frame, f"scene-{place}")


def _frames(path: Path, step: int, most: int = 20) -> Iterator[Picture]:
    with av.open(str(path)) as video:
        for number, frame in enumerate(video.decode(video=0)):
            if number >= step * most:
                return
            if number % step == 0:
                yield frame.to_image()


def burst(source: Source) -> Iterator[Negative]:
    """Frames that a camera takes of one place within some seconds."""
    chance = random.Random(f"burst {source.name}")
    photo = source.load()
    width, height = photo.size
    things = chance.sample(_things(), 2)
    starts = [(chance.uniform(0.1, 0.6), chance.uniform(0.3, 0.7)) for _ in things]
    for number in range(FRAMES):
        frame = _bent(photo, chance)
        for thing, (x, y) in zip(things, starts, strict=True):
            small = scaled(thing, height * 0.25 / thing.height)
            left = round((x + 0.08 * number) * width)
            frame.paste(small, (left, round(y * height)), small)
        frame = frame.rotate(chance.uniform(-0.5, 0.5), Image.Resampling.BICUBIC)
        left, top = (0.03 * edge + chance.uniform(-8, 8) for edge in (width, height))
        frame = frame.crop(
            (round(left), round(top), round(left + 0.94 * width), round(top + 0.94 * height))
        )
        frame = ImageEnhance.Brightness(frame).enhance(chance.uniform(0.95, 1.05))
        yield Negative(noisy(frame, 4, chance), f"burst-{source.name}")


@remember
def _things() -> list[Picture]:
    """Cut-out photos of animals, with transparency."""
    found = sorted(package("tuxpaint-stamps-default").rglob("stamps/animals/**/*.png"))
    pictures = []
    for path in found[::6]:
        with Image.open(path) as picture:
            if min(picture.size) >= 150:
                pictures.append(picture.convert("RGBA"))
    return pictures


def _bent(photo: Picture, chance: random.Random, cells: int = 8, most: float = 3.0) -> Picture:
    """With the knots of a net over the photo moved by up to `most` pixels each way."""
    width, height = photo.size
    knots = {
        (column, row): (
            column * width / cells + chance.uniform(-most, most),
            row * height / cells + chance.uniform(-most, most),
        )
        for column in range(cells + 1)
        for row in range(cells + 1)
    }
    mesh = []
    for column in range(cells):
        for row in range(cells):
            box = tuple(
                round(edge * place / cells)
                for edge, place in zip(
                    (width, height, width, height),
                    (column, row, column + 1, row + 1),
                    strict=True,
                )
            )
            corners = ((0, 0), (0, 1), (1, 1), (1, 0))
            mesh.append((box, [v for x, y in corners for v in knots[column + x, row + y]]))
    return photo.transform(photo.size, Image.Transform.MESH, mesh, Image.Resampling.BICUBIC)


def panorama(name: str, photo: Picture, chance: random.Random) -> Iterator[Negative]:
    """Frames of one photo from left to right, with their own exposure and noise."""
    width = 0.4
    left = 0.0
    for _ in range(3):
        top = chance.uniform(0, 0.1)
        rect = (left, top, left + width, top + 0.9)
        frame = ImageEnhance.Brightness(cut(photo, rect)).enhance(chance.uniform(0.9, 1.1))
        yield Negative(noisy(frame, 3, chance), name, rect)
        left = min(1 - width, left + width * (1 - chance.uniform(0.3, 0.8)))


def distinct(sources: Sequence[Source], count: int, seed: int) -> list[tuple[Source, Picture]]:
    """So many drawings of which none looks like another: clip art has copies of itself.

    Compared are their grey pictures of 16×16: copies differ by less than eight levels (rms).
    """
    chosen: list[tuple[Source, Picture]] = []
    seen = np.empty((count, 256), np.int32)
    # By a number of each name, so that one more or less changes no other.
    for source in sorted(sources, key=lambda one: random.Random(f"{seed} {one.name}").random()):
        picture = source.load()
        if min(picture.size) < 120:
            continue
        grey = np.asarray(picture.convert("L").resize((16, 16), Image.Resampling.BOX), np.int32)
        squares = (seen[: len(chosen)] - grey.ravel()) ** 2
        if not (squares.mean(axis=1) < 64).any():
            seen[len(chosen)] = grey.ravel()
            chosen.append((source, picture))
            if len(chosen) == count:
                break
    return chosen
