"""Real tensors in any number: random crops of Debian's wallpapers, in a memory-mapped file.

They are made once and kept in the bench's cache directory; of smaller pictures than the photos of
`corpus`, so that a million take minutes.
"""

from __future__ import annotations

import itertools
import multiprocessing
import sys
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from bench.corpus import PHOTO_PACKAGES, cache, package

_LONGEST: Final = 1280
"""Pixels of the longer edge of a wallpaper, before it is cropped."""

_SMALLEST: Final = 0.1
"""Height of the smallest crop, as a share of the smaller edge."""

_PLAIN: Final = 1.0
"""Grey levels by which the middle patch of a picture has to vary: crops of a plain colour are one
picture, and seven such wallpapers would make nine tenths of all pairs."""

_CHUNK: Final = 2000
"""Crops that are made in one go, from a seed of their own: the first are the same in any number."""


def wallpapers() -> list[NDArray[np.uint8]]:
    """All pictures of the packages, each (height, width, 3) uint8; fetched by apt if need be."""
    place = cache() / "wallpapers.npz"
    if not place.exists():
        files = sorted(path for name in PHOTO_PACKAGES for path in package(name).rglob("*.*"))
        pictures = [p for p in map(_picture, files) if p is not None]
        np.savez(place, *pictures)
    with np.load(place) as stored:
        return list(stored.values())


def _picture(path: Path) -> NDArray[np.uint8] | None:
    if path.suffix not in {".jpg", ".png", ".webp"} or path.is_symlink():
        return None
    with Image.open(path) as picture:
        if max(picture.size) < _LONGEST // 2:
            return None
        pixels = picture.convert("RGB")
    pixels.thumbnail((_LONGEST, _LONGEST), Image.Resampling.BICUBIC)
    patches = np.asarray(pixels.resize((50, 50))).reshape(5, 10, 5, 10, 3)
    plain = np.median(patches.std(axis=(1, 3)).mean(axis=2)) < _PLAIN
    return None if plain else np.asarray(pixels)


def tensors(count: int, px: int = 50) -> np.memmap[tuple[int, ...], np.dtype[np.uint8]]:
    """The first `count` crops, (count, px, px, 3) uint8, mapped from a file that holds them."""
    shape = (count, px, px, 3)
    for place in cache().glob(f"crops-{px}-*.u8"):
        if int(place.stem.rsplit("-", 1)[1]) >= count:
            return np.memmap(place, np.uint8, "r", shape=shape)
    pictures = wallpapers()
    place = cache() / f"crops-{px}-{count}.u8"
    part = place.with_suffix(".part")
    made = np.memmap(part, np.uint8, "w+", shape=shape)
    starts = range(0, count, _CHUNK)
    _SOURCE.extend(Image.fromarray(picture) for picture in pictures)
    with multiprocessing.get_context("fork").Pool() as pool:
        chunks = pool.imap(_crops, zip(starts, itertools.repeat(px)))
        for start, chunk in zip(starts, chunks, strict=True):
            made[start : start + _CHUNK] = chunk[: count - start]
            if start % 50_000 == 0:
                print(f"{start:,} of {count:,} crops", file=sys.stderr)
    _SOURCE.clear()
    made.flush()
    part.rename(place)
    return np.memmap(place, np.uint8, "r", shape=shape)


_SOURCE: Final[list[Image.Image]] = []
"""The pictures, for the processes that crop them."""


def _crops(task: tuple[int, int]) -> NDArray[np.uint8]:
    """`_CHUNK` crops, turned at random."""
    start, px = task
    rng = np.random.default_rng(start)
    made = np.empty((_CHUNK, px, px, 3), np.uint8)
    for place in range(_CHUNK):
        picture = _SOURCE[rng.integers(len(_SOURCE))]
        height = int(min(picture.size) * np.exp(rng.uniform(np.log(_SMALLEST), 0)))
        width = min(int(height * rng.uniform(0.7, 1.5)), picture.width)
        left = int(rng.integers(picture.width - width + 1))
        top = int(rng.integers(picture.height - height + 1))
        box = (left, top, left + width, top + height)
        crop = picture.resize((px, px), Image.Resampling.BICUBIC, box, reducing_gap=1.5)
        made[place] = np.rot90(np.asarray(crop), rng.integers(4))
    return made
