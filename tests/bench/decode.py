"""What a full decode costs per file: difd, difPy's formula, and the floor, in the same run.

    cd tests && python -m bench.decode [FOLDER]

Without a folder: JPEGs of 12 megapixels, made of Debian's wallpapers (see `corpus`). Processor
time of one process; the least of some rounds, and all as ratios to the floor, as machines differ.
Page faults are pieces of memory that the kernel had to hand out anew.
"""

from __future__ import annotations

import argparse
import io
import json
import os
import resource
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
from msgspec.structs import replace
from PIL import Image, ImageOps

from bench.corpus import cache, wallpapers
from bench.table import Row, show
from difd.engine.native.chosen import VARIABLE
from difd.engine.read import decode
from difd.engine.read.decode import read
from difd.engine.record import Found, ReadRequest, Record

KEPT_MEMORY = {"MALLOC_MMAP_MAX_": "0", "MALLOC_TRIM_THRESHOLD_": str(256 << 20)}
"""What workers tell glibc, see `difd.pools.worker`."""

SIZE = (4000, 3000)
COUNT = 12
ROUNDS = 5
PX = 50


class NoFingerprint:
    """Takes everything and digests nothing."""

    tally = b""

    def __init__(self, _profile: bytes) -> None:
        pass

    def begin_frame(self, *_given: object) -> None:
        pass

    def add_band(self, _band: object) -> None:
        pass

    def end_frame(self) -> None:
        pass

    def pixel_digest(self) -> bytes:
        return b""

    def sums_digest(self) -> bytes:
        return b""


def pictures(size: tuple[int, int] = SIZE) -> list[Path]:
    """JPEGs of a width and height, made when they are missing."""
    folder = cache() / f"jpegs-{COUNT}-{size[0]}x{size[1]}"
    if len(list(folder.glob("*.jpg"))) < COUNT:
        folder.mkdir(exist_ok=True)
        for number, path in enumerate(wallpapers()[:COUNT]):
            with Image.open(path) as picture:
                fitted = ImageOps.fit(picture.convert("RGB"), size, Image.Resampling.LANCZOS)
            fitted.save(folder / f"{number:03}.jpg", quality=92)
    return sorted(folder.glob("*.jpg"))


def request(path: Path) -> ReadRequest:
    status = path.stat()
    file = Found(
        path=os.fsencode(path),
        device=status.st_dev,
        inode=status.st_ino,
        size=status.st_size,
        mtime_ns=status.st_mtime_ns,
        ctime_ns=status.st_ctime_ns,
    )
    return ReadRequest(file, PX)


def bare_load(path: Path) -> None:
    with Image.open(io.BytesIO(path.read_bytes())) as picture:
        picture.load()


def difpys_formula(path: Path) -> None:
    picture: Image.Image = Image.open(path)
    if picture.getbands() != ("R", "G", "B"):
        picture = picture.convert("RGB")
    assert np.asarray(picture).shape
    assert np.asarray(picture.resize((PX, PX), resample=Image.Resampling.BICUBIC)).size


def engine(path: Path) -> None:
    assert isinstance(read(request(path)), Record)


def quick_look(path: Path) -> None:
    assert isinstance(read(replace(request(path), mode="fast")), Record)


def cost(work: Callable[[Path], None], paths: list[Path]) -> tuple[float, float]:
    """Milliseconds of processor time, and page faults, per file."""
    for path in paths[:2]:
        work(path)
    best = float("inf")
    faults = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
    for _ in range(ROUNDS):
        start = time.process_time()
        for path in paths:
            work(path)
        best = min(best, time.process_time() - start)
    faults = resource.getrusage(resource.RUSAGE_SELF).ru_minflt - faults
    return 1000 * best / len(paths), faults / (ROUNDS * len(paths))


def measure_here(what: str, paths: list[Path]) -> tuple[float, float]:
    """One line's figures, in this process."""
    match what:
        case "load" | "pooled load":
            return cost(bare_load, paths)
        case "difPy":
            return cost(difpys_formula, paths)
        case "tensor":
            decode.Fingerprint = NoFingerprint  # type: ignore[misc, assignment]
    return cost(quick_look if what == "quick" else engine, paths)


ROWS = {
    "pooled load": "bare load(), memory pooled: the floor",
    "load": "bare load(), as Python does it",
    "tensor": "difd, tensor only",
    "all": "difd, with both digests and sums",
    "quick": "difd, a quick look (--decode auto, fast)",
    "no loops": "the same without compiled loops",
    "difPy": "difPy's formula (tensor only)",
}
"""Each in a process of its own; those of difd, and the floor, with the memory of our workers."""


def measure(folder: Path | None = None) -> list[Row]:
    """The lines of the table."""
    if folder is None:
        pictures()
    rows: list[Row] = []
    for what, label in ROWS.items():
        memory = {} if what in {"load", "difPy"} else KEPT_MEMORY
        loops = {VARIABLE: "twin"} if what == "no loops" else {}
        command = [sys.executable, "-m", "bench.decode", "--only", what]
        done = subprocess.run(
            command if folder is None else [*command, str(folder)],
            env={**os.environ, **memory, **loops},
            check=True,
            capture_output=True,
            text=True,
        )
        milliseconds, faults = json.loads(done.stdout)
        floor = rows[0]["ms a file"] if rows else milliseconds
        rows.append(
            {
                "what": label,
                "ms a file": milliseconds,
                "times the floor": milliseconds / floor,
                "page faults a file": faults,
            }
        )
    return rows


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", nargs="?", type=Path)
    parser.add_argument("--only", choices=ROWS, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.only is None:
        show("Decoding in full", measure(given.folder))
        return
    folder = given.folder
    paths = sorted(p for p in folder.rglob("*") if p.is_file()) if folder else pictures()
    print(json.dumps(measure_here(given.only, paths)))


if __name__ == "__main__":
    main()
