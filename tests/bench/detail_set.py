"""Pictures that show the same and pictures that do not: what `bench.detail` is measured on.

An original is a picture of some class and its changed versions. Both are saved in many ways; what
is saved of the original shows the same, what is saved of a change does not.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import skimage.data
from PIL import Image, ImageDraw, ImageFilter, ImageFont

from bench.corpus import crops, package

Picture = Image.Image
Resampling = Image.Resampling


@dataclass(frozen=True)
class Original:
    """A picture and what was changed in it, by the name of the change."""

    kind: str
    name: str
    picture: Picture
    changed: dict[str, Picture] = field(default_factory=dict)


@dataclass(frozen=True)
class Saving:
    """One way to save a picture: scaled, then written as a file."""

    name: str
    suffix: str
    save: dict[str, Any]
    scale: float = 1.0
    filter: Resampling = Resampling.LANCZOS
    turn: Image.Transpose | None = None
    before: dict[str, Any] | None = None

    def bytes_of(self, picture: Picture) -> bytes:
        """The file."""
        if self.before is not None:
            picture = Image.open(io.BytesIO(_encode(picture, "jpg", self.before)))
        if self.scale != 1.0:
            size = (round(picture.width * self.scale), round(picture.height * self.scale))
            picture = picture.resize(size, self.filter)
        if self.turn is not None:
            picture = picture.transpose(self.turn)
        return _encode(picture, self.suffix, self.save)


def _encode(picture: Picture, suffix: str, save: dict[str, Any]) -> bytes:
    target = io.BytesIO()
    formats = {"jpg": "JPEG", "png": "PNG", "webp": "WEBP", "avif": "AVIF"}
    if suffix == "png":
        save = {"compress_level": 1, **save}
    picture.save(target, formats[suffix], **save)
    return target.getvalue()


def _jpeg(quality: int, **more: Any) -> Saving:
    name = f"q{quality}" + "".join(f" {key} {value}" for key, value in more.items())
    return Saving(name, "jpg", {"quality": quality, **more})


PLAIN = Saving("png", "png", {})

SAVINGS = (
    PLAIN,
    *(_jpeg(quality) for quality in (50, 60, 75, 85, 95)),
    *(_jpeg(quality, subsampling=0) for quality in (50, 75, 92)),
    *(Saving(f"webp {q}", "webp", {"quality": q}) for q in (50, 75, 90)),
    Saving("webp lossless", "webp", {"lossless": True, "method": 0}),
    *(Saving(f"avif {q}", "avif", {"quality": q, "speed": 8}) for q in (50, 75, 90)),
    Saving("q75 q85", "jpg", {"quality": 85}, before={"quality": 75}),
    Saving("q50 q92", "jpg", {"quality": 92}, before={"quality": 50}),
    *(
        Saving(f"{percent} % {method.name.lower()}", "png", {}, percent / 100, method)
        for percent in (90, 75, 50)
        for method in (
            *(Resampling.LANCZOS, Resampling.BICUBIC, Resampling.BILINEAR),
            *(Resampling.BOX, Resampling.HAMMING),
        )
    ),
    *(
        Saving(f"{percent} % q{quality}", "jpg", {"quality": quality}, percent / 100)
        for percent in (90, 66.7, 50)
        for quality in (60, 75, 85)
    ),
    Saving("turned q85", "jpg", {"quality": 85}, turn=Image.Transpose.ROTATE_90),
    Saving("mirrored 75 % q85", "jpg", {"quality": 85}, 0.75, turn=Image.Transpose.TRANSVERSE),
)
"""How copies are saved."""

CHANGE_SAVINGS = (
    PLAIN,
    *(_jpeg(quality) for quality in (50, 75, 90)),
    Saving("webp 75", "webp", {"quality": 75}),
    Saving("50 %", "png", {}, 0.5),
    Saving("50 % q75", "jpg", {"quality": 75}, 0.5),
)
"""How changed pictures are saved."""


def originals(*, quick: bool = False) -> Iterator[Original]:
    """All originals; with `quick` some of every class."""
    yield from _photos(quick=quick)
    yield from _skies()
    yield from _papers()
    yield from _screens()
    yield from _drawings(3 if quick else 12)


# Photos


def _photos(*, quick: bool) -> Iterator[Original]:
    # The first 52 wallpapers, one crop each; drawn ones among them are as good.
    for number, photo in enumerate(crops(52, (1200, 900), seed=7)):
        if not quick or number % 9 == 5:
            yield Original("photo", f"wallpaper {number}", photo, _photo_changes(photo, number))
    for name in ("astronaut", "chelsea", "coffee", "rocket", "camera", "brick", "gravel", "moon"):
        if quick and name not in {"astronaut", "camera"}:
            continue
        photo = Image.fromarray(getattr(skimage.data, name)())
        changed = _photo_changes(photo, len(name))
        if name == "astronaut":
            changed |= _face_changes(photo)
        yield Original("photo", name, photo, changed)
        if photo.mode == "RGB" or name == "camera":
            for strength in (4, 8):
                noisy = _noisy(photo, strength, 1)
                changed = {
                    "other noise": _noisy(photo, strength, 2),
                    **_photo_changes(noisy, len(name)),
                }
                yield Original("noisy photo", f"{name}, noise {strength}", noisy, changed)


def _noisy(picture: Picture, strength: float, seed: int) -> Picture:
    """Noise as cameras make it: some of it as wide as two pixels."""
    values = np.asarray(picture, np.float32)
    noise = np.random.default_rng(seed).normal(0, strength, values.shape).astype(np.float32)
    wide = (
        noise + np.roll(noise, 1, 0) + np.roll(noise, 1, 1) + np.roll(noise, (1, 1), (0, 1))
    ) / 2
    return Image.fromarray(np.clip(values + 0.7 * noise + 0.7 * wide, 0, 255).astype(np.uint8))


def _photo_changes(photo: Picture, seed: int) -> dict[str, Picture]:
    width, height = photo.size
    chance = np.random.default_rng(seed)
    changed = {}
    dated = photo.copy()
    ImageDraw.Draw(dated).text(
        (width - 8, height - 6),
        "2019-07-14",
        _ink(photo, (255, 150, 0)),
        ImageFont.load_default(14),
        anchor="rs",
    )
    changed["date stamp"] = dated
    for pixels in (2, 6):
        cut = photo.crop((pixels, pixels, width, height))
        changed[f"cut {pixels}"] = cut.resize((width, height), Resampling.BICUBIC)
    changed["moved 2"] = photo.crop((2, 1, width, height - 1)).resize(photo.size)
    box = (width // 3, height // 3, width // 3 + width // 8, height // 3 + width // 8)
    part = photo.crop(box).transpose(Image.Transpose.FLIP_LEFT_RIGHT)
    changed["part mirrored"] = _pasted(photo, part, box[:2])
    other = int(chance.integers(0, width - width // 12)), int(chance.integers(0, height // 2))
    part = photo.crop((*other, other[0] + width // 12, other[1] + width // 12))
    changed["part copied"] = _pasted(photo, part, (width // 2, height // 2 + height // 8))
    moved = photo.crop(box)
    changed["thing moved"] = _pasted(photo, moved, (box[0] + 3, box[1] + 1))
    spot = photo.copy()
    left, top = 2 * width // 3, height // 4
    ImageDraw.Draw(spot).ellipse((left, top, left + 6, top + 6), _contrast(photo, (left, top)))
    changed["spot"] = spot
    return {name: picture for name, picture in changed.items() if _differs(photo, picture)}


def _face_changes(photo: Picture) -> dict[str, Picture]:
    """The astronaut's eyes closed, and her face mirrored."""
    closed = photo.copy()
    for left, top, right, bottom in ((195, 96, 219, 110), (235, 97, 260, 111)):
        skin = photo.crop((left, top + 16, right, bottom + 16)).filter(ImageFilter.GaussianBlur(1))
        closed = _pasted(closed, skin, (left, top))
    face = photo.crop((180, 60, 270, 180)).transpose(Image.Transpose.FLIP_LEFT_RIGHT)
    return {"eyes closed": closed, "face mirrored": _pasted(photo, face, (180, 60))}


def _pasted(picture: Picture, part: Picture, place: tuple[int, int]) -> Picture:
    """With soft edges, as people retouch."""
    mask = Image.new("L", part.size, 0)
    edge = max(1, min(part.size) // 10)
    ImageDraw.Draw(mask).rectangle((edge, edge, part.width - edge, part.height - edge), 255)
    result = picture.copy()
    result.paste(part, place, mask.filter(ImageFilter.GaussianBlur(edge / 2)))
    return result


def _differs(one: Picture, other: Picture) -> bool:
    """Whether a change can be seen: 12 grey levels over some pixels. (A cut sky is a sky.)"""
    a, b = (np.asarray(picture.convert("RGB"), np.int32) for picture in (one, other))
    return int((np.abs(a - b).max(axis=2) >= 12).sum()) >= 12


def _ink(picture: Picture, colour: tuple[int, int, int]) -> Any:
    return colour if picture.mode == "RGB" else 220


def _contrast(picture: Picture, place: tuple[int, int]) -> Any:
    value = picture.convert("L").getpixel(place)
    level = value + 40 if value < 128 else value - 40
    return (level,) * 3 if picture.mode == "RGB" else level


# Night skies


def _skies() -> Iterator[Original]:
    for number, grain in enumerate((0.0, 1.5, 3.0)):
        chance = np.random.default_rng(number)
        ground = np.linspace(8, 24, 1500)[:, None, None] * np.ones((1, 2000, 3)) * (0.8, 0.9, 1.2)
        ground += chance.normal(0, grain, ground.shape) if grain else 0
        sky = np.clip(ground, 0, 255).astype(np.uint8)
        sky = _starred(sky, 300, chance)
        changed = {
            "40 stars more": Image.fromarray(_starred(sky, 40, chance)),
            "one star more": Image.fromarray(_starred(sky, 1, chance)),
        }
        yield Original("night sky", f"grain {grain}", Image.fromarray(sky), changed)


def _starred(sky: np.ndarray, count: int, chance: np.random.Generator) -> np.ndarray:
    result = sky.copy()
    rows, columns = chance.integers(0, sky.shape[0], count), chance.integers(0, sky.shape[1], count)
    result[rows, columns] = chance.integers(140, 256, count)[:, None]
    return result


# Papers

_WORDING = """
the parties agree that this contract is made between the buyer and the seller and that all amounts
fall due within thirty days of the invoice unless otherwise stated in writing by either party before
the date of delivery as laid down in section
"""


def _page(dpi: int, **wording: Any) -> Picture:
    """A contract on A4; `wording` changes it."""
    vocabulary = _WORDING.split()
    size = (round(8.27 * dpi), round(11.69 * dpi))
    page = Image.new("L", size, 255)
    draw = ImageDraw.Draw(page)
    text, head = ImageFont.load_default(dpi * 10 / 72), ImageFont.load_default(dpi * 16 / 72)
    margin, step = dpi, round(dpi * 14 / 72)
    draw.text((margin, margin), "Contract of Sale 2024/117", 0, head)
    chance = np.random.default_rng(3)
    top = margin + 3 * step
    for number in range(34):
        words = [vocabulary[n] for n in chance.integers(0, len(vocabulary), 11)]
        if number == 12:
            words[4:6] = [f"EUR {wording.get('amount', '13,480.00')}"]
        if number == 20:
            words[5] = wording.get("word", "buyer")
        draw.text((margin, top), " ".join(words), 0, text)
        top += step
    if wording.get("signed"):
        points = [
            (margin + dpi * (0.2 + x / 40), top + dpi * (0.5 + 0.15 * np.sin(x * x / 9)))
            for x in range(40)
        ]
        draw.line(points, 40, max(1, dpi // 90), joint="curve")
    draw.line((margin, top + dpi, margin + 2 * dpi, top + dpi), 0, 1)
    return page


def _stamped(page: Picture, dpi: int) -> Picture:
    stamped = page.convert("RGB")
    draw = ImageDraw.Draw(stamped)
    box = (5 * dpi, 9 * dpi, 6.6 * dpi, 9.6 * dpi)
    draw.rectangle(box, None, (200, 60, 60), 2)
    draw.text((box[0] + 8, box[1] + 8), "PAID", (200, 60, 60), ImageFont.load_default(dpi * 0.3))
    return stamped


def _scanned(page: Picture, seed: int = 5) -> Picture:
    """As from a scanner: soft, off-white, noisy."""
    soft = np.asarray(page.filter(ImageFilter.GaussianBlur(0.7)), np.float32)
    noise = np.random.default_rng(seed).normal(0, 3, soft.shape)
    return Image.fromarray(np.clip(soft * 0.88 + 22 + noise, 0, 255).astype(np.uint8))


def _papers() -> Iterator[Original]:
    for dpi in (150, 200, 300):
        plain = _page(dpi)
        changed = {
            "digit": _page(dpi, amount="13,430.00"),
            "digits": _page(dpi, amount="18,480.00"),
            "comma": _page(dpi, amount="13.480.00"),
            "word": _page(dpi, word="lessee"),
            "signed": _page(dpi, signed=True),
        }
        yield Original("text", f"{dpi} dpi", plain, changed | {"stamped": _stamped(plain, dpi)})
        scans = {name: _scanned(page) for name, page in changed.items()}
        yield Original("scan", f"{dpi} dpi", _scanned(plain), scans)
        colour = _scanned(plain.convert("RGB"))
        yield Original(
            "scan", f"{dpi} dpi, colour", colour, {"stamped": _scanned(_stamped(plain, dpi))}
        )


# Screens and drawings


def _screen(number: int, **what: Any) -> Picture:
    dark = number % 2 == 1
    screen = Image.new("RGB", (1280, 800), (30, 33, 40) if dark else (246, 246, 248))
    draw = ImageDraw.Draw(screen)
    ink = (210, 214, 220) if dark else (30, 30, 34)
    draw.rectangle((0, 0, 1280, 28), (52, 101, 164))
    draw.text((10, 6), "Accounts", "white", ImageFont.load_default(13))
    small = ImageFont.load_default(12)
    chance = np.random.default_rng(number)
    colours = [(196, 60, 60), (60, 150, 70), (70, 110, 200), ink]
    for row in range(38):
        values = chance.integers(1000, 99999, 8)
        for column, value in enumerate(values):
            text = f"{value / 100:,.2f}"
            if what.get("cell") and (row, column) == (17, 3):
                text = text[:-1] + ("7" if text[-1] != "7" else "1")
            colour = colours[int(chance.integers(0, 4))]
            if what.get("colour") and (row, column) == (9, 5):
                colour = (60, 150, 70) if colour != (60, 150, 70) else (196, 60, 60)
            draw.text((20 + 155 * column, 44 + 19 * row), text, colour, small)
    if what.get("badge"):
        draw.ellipse((1240, 8, 1250, 18), (240, 70, 60))
    if what.get("cursor"):
        draw.polygon([(600, 400), (600, 414), (604, 410), (610, 410)], ink)
    return screen


def _screens() -> Iterator[Original]:
    for number in range(4):
        changed = {
            name: _screen(number, **{name: True}) for name in ("cell", "colour", "badge", "cursor")
        }
        yield Original("screenshot", f"{number}", _screen(number), changed)


def _drawings(count: int) -> Iterator[Original]:
    found = sorted(package("openclipart-png").rglob("*.png"))
    for number, path in enumerate(found[11 :: len(found) // count][:count]):
        with Image.open(path) as picture:
            drawing = picture.convert("RGBA")
        flat = Image.alpha_composite(Image.new("RGBA", drawing.size, "white"), drawing)
        scale = 900 / max(flat.size)
        size = (round(flat.width * scale), round(flat.height * scale))
        drawing = flat.convert("RGB").resize(size, Resampling.LANCZOS)
        yield Original("drawing", f"{number}", drawing, _drawing_changes(drawing))


def _drawing_changes(drawing: Picture) -> dict[str, Picture]:
    width, height = drawing.size

    def drawn(draw_on: Callable[[ImageDraw.ImageDraw], object]) -> Picture:
        copy = drawing.copy()
        draw_on(ImageDraw.Draw(copy))
        return copy

    centre = (width // 2, height // 2)
    ink = _contrast(drawing, centre)
    box = (centre[0] - 3, centre[1] - 3, centre[0] + 3, centre[1] + 3)
    return {
        "line": drawn(lambda on: on.line((width // 4, 10, width // 4 + 30, 30), "black", 1)),
        "dot": drawn(lambda on: on.ellipse(box, ink)),
        "name": drawn(
            lambda on: on.text((8, height - 20), "J. Doe 94", "black", ImageFont.load_default(11))
        ),
    }
