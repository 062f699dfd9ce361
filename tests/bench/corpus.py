"""Photos to measure with: cut from Debian's wallpaper packages, the same ones in every run.

The packages are fetched with `apt-get download` into a cache directory outside the repository
(`DIFD_BENCH_CACHE`, by default `difd-bench` in the user's cache), unpacked, never installed.
"""

from __future__ import annotations

import fcntl
import operator
import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from PIL import Image

PHOTO_PACKAGES = ("plasma-workspace-wallpapers", "mate-backgrounds", "gnome-backgrounds")

SMALLEST = 1600
"""Shorter edge of the pictures that photos are cut from, in pixels."""


def cache() -> Path:
    """The directory that keeps packages and photos between runs."""
    given = os.environ.get("DIFD_BENCH_CACHE")
    place = Path(given) if given else Path.home() / ".cache" / "difd-bench"
    place.mkdir(parents=True, exist_ok=True)
    return place


def package(name: str) -> Path:
    """The unpacked files of a Debian package; fetched once, whoever else asks for it meanwhile."""
    target = cache() / "packages" / name
    if target.is_dir():
        return target
    target.parent.mkdir(exist_ok=True)
    with open(cache() / "packages" / f"{name}.lock", "wb") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not target.is_dir():
            work = cache() / "download" / name
            shutil.rmtree(work, ignore_errors=True)
            work.mkdir(parents=True)
            subprocess.run(["apt-get", "download", name], cwd=work, check=True, capture_output=True)
            (archive,) = work.glob("*.deb")
            unpacked = work / "unpacked"
            subprocess.run(["dpkg-deb", "-x", archive, unpacked], check=True)
            unpacked.rename(target)
            shutil.rmtree(work)
    return target


def wallpapers(least: tuple[int, int] = (SMALLEST, SMALLEST)) -> list[Path]:
    """The photos of all packages that are at least so wide and high, each picture once."""
    found: dict[tuple[str, int], Path] = {}
    for name in PHOTO_PACKAGES:
        for path in sorted(package(name).rglob("*")):
            is_photo = path.suffix in {".jpg", ".jpeg", ".png", ".webp"}
            if path.is_symlink() or not path.is_file() or not is_photo:
                continue
            with Image.open(path) as picture:
                if min(picture.size) >= SMALLEST and all(map(operator.ge, picture.size, least)):
                    found.setdefault((path.name, path.stat().st_size), path)
    return sorted(found.values())


def crops(count: int, size: tuple[int, int], seed: int = 1) -> Iterator[Image.Image]:
    """Yield `count` different RGB photos of one size, cut from random places at random scales."""
    chance = np.random.default_rng(seed)
    sources = wallpapers(size)
    share, more = divmod(count, len(sources))
    for number, path in enumerate(sources):
        with Image.open(path) as picture:
            photo = picture.convert("RGB")
        for _ in range(share + (number < more)):
            scale = chance.uniform(1.0, min(photo.width / size[0], photo.height / size[1]))
            width, height = int(size[0] * scale), int(size[1] * scale)
            left = int(chance.integers(0, photo.width - width + 1))
            top = int(chance.integers(0, photo.height - height + 1))
            box = (left, top, left + width, top + height)
            yield photo.resize(size, Image.Resampling.BICUBIC, box=box, reducing_gap=3.0)


def photo_folder(count: int, *, size: tuple[int, int] = (800, 600), copies: bool = True) -> Path:
    """A folder of `count` JPEG photos; with `copies`, every second file is a copy of another."""
    name = f"photos-{count}-{size[0]}x{size[1]}{'-copies' if copies else ''}"
    target = cache() / name
    if not target.is_dir():
        work = cache() / f"{name}.unfinished"
        shutil.rmtree(work, ignore_errors=True)
        work.mkdir()
        originals = (count + 1) // 2 if copies else count
        for number, photo in enumerate(crops(originals, size)):
            path = work / f"{number:06}.jpg"
            photo.save(path, quality=90)
            if copies and number < count // 2:
                shutil.copyfile(path, work / f"{number:06}-copy.jpg")
        work.rename(target)
    return target
