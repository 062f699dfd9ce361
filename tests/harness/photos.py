"""Real photos for tests, from scikit-image, in the variants that a test needs."""

from __future__ import annotations

import shutil
import zlib
from functools import cache
from io import BytesIO
from pathlib import Path

import skimage.data
from PIL import ExifTags, Image

from harness.exif import MAIN, camera_exif

PHOTOS = Path(skimage.data.__file__).parent


@cache
def _whole(name: str) -> Image.Image:
    with Image.open(PHOTOS / name) as photo:
        return Image.frombytes(photo.mode, photo.size, photo.tobytes())


def whole_photo(name: str) -> Image.Image:
    """A photo in its full size, without what its file says beside the pixels."""
    return _whole(name).copy()


def copy_photo(name: str, to: Path) -> Path:
    """Copy a photo byte for byte."""
    to.parent.mkdir(parents=True, exist_ok=True)
    return Path(shutil.copyfile(PHOTOS / name, to))


def small_photo(name: str, to: Path, *, size: tuple[int, int] = (160, 120), **save: object) -> Path:
    """Write a photo in a small size, without its profile; the suffix of `to` names the format."""
    to.parent.mkdir(parents=True, exist_ok=True)
    to.write_bytes(_encoded(name, size, to.suffix, tuple(save.items())))
    return to


@cache
def _encoded(
    name: str, size: tuple[int, int], suffix: str, options: tuple[tuple[str, object], ...]
) -> bytes:
    made = BytesIO()
    kind = Image.registered_extensions()[suffix]
    bare_photo(name).resize(size).save(made, kind, **dict(options))
    return made.getvalue()


def bare_photo(name: str) -> Image.Image:
    """A photo without its colour profile, which some formats keep and others lose."""
    with Image.open(PHOTOS / name) as photo:
        picture = photo.convert("RGB")
    picture.info.clear()
    return picture


def distinct_photos(folder: Path, count: int) -> Path:
    """Small JPEGs of which no two show the same: parts of photos, each from another place."""
    folder.mkdir(parents=True, exist_ok=True)
    photos = [
        Image.open(PHOTOS / name).convert("RGB").resize((700, 500))
        for name in ("coffee.png", "chelsea.png", "rocket.jpg", "astronaut.png")
    ]
    for number in range(count):
        left, top = number // 4 * 7 % 540, number // 300 * 11 % 380
        part = photos[number % 4].crop((left, top, left + 160, top + 120))
        part.save(folder / f"{number:05}.jpg")
    return folder


def album(folder: Path) -> Path:
    """Six files: two equal pairs by content, one photo saved again as JPEG, one single."""
    small_photo("coffee.png", folder / "coffee.png")
    shutil.copyfile(folder / "coffee.png", folder / "coffee copy.png")
    small_photo("rocket.jpg", folder / "sub" / "rocket.png")
    shutil.copyfile(folder / "sub" / "rocket.png", folder / "rocket again.png")
    small_photo("rocket.jpg", folder / "rocket.jpg", quality=92)
    small_photo("chelsea.png", folder / "cat.png")
    return folder


def gallery(folder: Path) -> Path:
    """Eleven files, four groups: copies, one smaller, one saved again, one turned; one single."""
    taken = camera_exif()
    small_photo("coffee.png", folder / "Holiday/IMG_2041.png", size=(600, 400), exif=taken)
    for name, (photo, size) in {
        "Holiday/launch.png": ("rocket.jpg", (640, 427)),
        "Cats/chelsea.png": ("chelsea.png", (451, 300)),
        "Space/astronaut.png": ("astronaut.png", (512, 512)),
        "Old/text.png": ("text.png", (448, 172)),
    }.items():
        small_photo(photo, folder / name, size=size)
    shutil.copyfile(folder / "Holiday/IMG_2041.png", folder / "Holiday/IMG_2041 (copy).png")
    saved = camera_exif({**MAIN, ExifTags.Base.Software: "Shrinker <b>9</b>"})
    small_photo(
        "coffee.png", folder / "Backup 2019/coffee.jpg", size=(600, 400), quality=95, exif=saved
    )
    shutil.copyfile(folder / "Cats/chelsea.png", folder / "Cats/Chelsea & friend <b>.png")
    small_photo("rocket.jpg", folder / "Backup 2019/launch small.png", size=(320, 213))
    (folder / "Space/astronaut turned.png").write_bytes(_turned_astronaut())
    shutil.copyfile(folder / "Space/astronaut.png", folder / "Backup 2019/astronaut.png")
    return folder


@cache
def _turned_astronaut() -> bytes:
    made = BytesIO()
    with Image.open(BytesIO(_encoded("astronaut.png", (512, 512), ".png", ()))) as photo:
        photo.transpose(Image.Transpose.ROTATE_90).save(made, "png")
    return made.getvalue()


def many_photos(place: Path, *, edge: int = 1100) -> Path:
    """Enough images that something can happen while they are searched."""
    first = small_photo("retina.jpg", place / "0.png", size=(edge, edge))
    content = first.read_bytes()
    for number in range(1, 60):
        data = bytearray(content)
        # The name of a program makes every file another file, so that each is decoded.
        chunk = b"tEXt" + b"Software\0%06d" % number
        crc = zlib.crc32(chunk).to_bytes(4, "big")
        data[33:33] = (len(chunk) - 4).to_bytes(4, "big") + chunk + crc
        (place / f"{number}.png").write_bytes(data)
    return place
