"""The methods that `bench.edits` compares: which pairs of a folder each of them calls alike.

Hashes say it of every pair. Tools report groups: what they put into one group they call alike.
"""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path
from typing import Any, Final
from unittest.mock import patch

import imagehash
import numpy as np
import pdqhash
import psutil
from PIL import Image

from bench.peers import difctl, own_difd
from difd.engine.read.grey import features_in, working_grey

PROCESSES: Final = 2

ROUNDS: Final = 3

PHASH_MOST: Final = 10
"""Bits of 64 that differ at most; so many are usual."""

PDQ_MOST: Final = 31
"""Bits of 256, as PDQ's authors advise."""


@dataclass(frozen=True)
class Found:
    """What a method says of a folder.

    Attributes:
        alike: (n, n) bool, for every two of n files; both halves are filled.
        seconds: of processor time, of all processes.
        bytes: that it keeps of all files; None where it keeps nothing.
    """

    alike: np.ndarray
    seconds: float
    bytes: int | None = None


Method = Callable[[Path, Sequence[str]], "Found | None"]
"""Folder and the files in it, which has no others; None where the method is not there."""


def feature_seconds(folder: Path, files: Sequence[str]) -> tuple[float, float]:
    """The processor time of a bare decode in full, and what features cost difd beside it."""
    # One thread each, as in difd's workers; other methods keep what they have.
    with patch.dict(os.environ, OPENBLAS_NUM_THREADS="1"):
        spent = _in_processes(_decode_and_features, folder, files)
    return sum(decode for decode, _ in spent), sum(features for _, features in spent)


def _decode_and_features(path: Path) -> tuple[float, float]:
    """The least of some rounds each, in turns: others are at work on the machine, too."""
    decodes, features = [], []
    for _ in range(ROUNDS):
        begun = time.process_time()
        with Image.open(path) as picture:
            picture.load()
        decodes.append(time.process_time() - begun)
        begun = time.process_time()
        features_in(working_grey(picture))
        features.append(time.process_time() - begun)
    return min(decodes), min(features)


def _in_processes(work: Callable[[Path], Any], folder: Path, files: Sequence[str]) -> list[Any]:
    paths = [folder / file for file in files]
    with get_context("spawn").Pool(PROCESSES) as pool:
        return pool.map(work, paths, chunksize=16)


def phash(folder: Path, files: Sequence[str]) -> Found:
    """`imagehash.phash`."""
    return _hashed(_phash, PHASH_MOST, folder, files)


def _phash(path: Path) -> tuple[bytes, float]:
    begun = time.process_time()
    with Image.open(path) as picture:
        bits = np.packbits(imagehash.phash(picture).hash)
    return bits.tobytes(), time.process_time() - begun


def pdq(folder: Path, files: Sequence[str]) -> Found:
    """`pdqhash.compute` of 512 pixels, as its authors advise."""
    return _hashed(_pdq, PDQ_MOST, folder, files)


def _pdq(path: Path) -> tuple[bytes, float]:
    begun = time.process_time()
    with Image.open(path) as picture:
        picture.draft("RGB", (512, 512))
        small = picture.convert("RGB")
        small.thumbnail((512, 512), Image.Resampling.BILINEAR)
        bits, _ = pdqhash.compute(np.asarray(small))
    return np.packbits(bits).tobytes(), time.process_time() - begun


def _hashed(
    of_file: Callable[[Path], tuple[bytes, float]], most: int, folder: Path, files: Sequence[str]
) -> Found:
    hashes, seconds = zip(*_in_processes(of_file, folder, files), strict=True)
    bits = np.unpackbits(np.frombuffer(b"".join(hashes), np.uint8).reshape(len(files), -1), axis=1)
    signs = 1 - 2 * bits.astype(np.float32)
    # Of bits as signs, the product is their number less twice the number that differ.
    distances = (bits.shape[1] - signs @ signs.T) / 2
    return Found(distances <= most, sum(seconds), sum(map(len, hashes)))


def findimagedupes(folder: Path, files: Sequence[str]) -> Found:
    """Debian's findimagedupes by its defaults."""
    before = _children()
    command = ["findimagedupes", "-R", "--", str(folder)]
    answer = subprocess.run(command, capture_output=True, text=True, check=False)
    groups = [line.split() for line in answer.stdout.splitlines()]
    return Found(_together(groups, folder, files), _children() - before)


CZKAWKA = """
import json, sys
from czkawka import ImageSimilarity
search = ImageSimilarity()
search.set_directories([sys.argv[1]])
search.set_similarity(10)
print(json.dumps([[str(path) for path in group] for group in search.find_similar()]))
"""


def czkawka(folder: Path, files: Sequence[str]) -> Found:
    """czkawka's core as in `bench.peers`, without its cache."""
    before = _children()
    with own_difd() as environment:
        answer = subprocess.run(
            [sys.executable, "-c", CZKAWKA, folder],
            env=environment,
            capture_output=True,
            text=True,
            check=True,
        )
    groups = json.loads(answer.stdout.splitlines()[-1])
    return Found(_together(groups, folder, files), _children() - before)


def difd_similar(folder: Path, files: Sequence[str]) -> Found | None:
    """difd's `similar` (MSE 5) in any size, turned and mirrored."""
    return _difd(folder, files, "similar")


def difd_edited(folder: Path, files: Sequence[str]) -> Found | None:
    """difd's `edited`; None where this difd does not have it."""
    return _difd(folder, files, "edited")


def _difd(folder: Path, files: Sequence[str], similarity: str) -> Found | None:
    options = ["-s", similarity, "--mirror", "--no-same-dim", "--json"]
    with own_difd() as environment:
        answer = subprocess.run(
            [difctl(), "search", folder, *options],
            env=environment,
            capture_output=True,
            text=True,
            check=False,
        )
        document = json.loads(answer.stdout)
        if document.get("error", {}).get("code") == "usage":
            return None
        seconds = _of_daemon(environment["XDG_RUNTIME_DIR"])
        kept = sum(
            path.stat().st_size
            for path in Path(environment["XDG_CACHE_HOME"]).rglob("*")
            if path.is_file()
        )
    alike = _nothing(files)
    numbers = _numbers(folder, files)
    for one, other in pairs_of(document):
        a, b = numbers[one], numbers[other]
        alike[a, b] = alike[b, a] = True
    return Found(alike, seconds, kept)


def pairs_of(document: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """The pairs that the JSON of `difctl search` calls alike.

    These are the members of one group, and an edited copy with each of the group beside which it is
    listed: it joins none. What is equal to the copy or like it is in a group with it, and is told
    of that one by it.
    """
    groups = [[entry["path"] for entry in group["files"]] for group in document["groups"]]
    like = {member: members for members in groups for member in members}
    for group, members in zip(document["groups"], groups, strict=True):
        yield from ((one, other) for one in members for other in members if one < other)
        for entry in group["edited"]:
            copies = {entry["path"], *like.get(entry["path"], ())}
            yield from ((copy, member) for copy in copies for member in members if copy != member)


METHODS: Final[dict[str, Method]] = {
    "pHash": phash,
    "PDQ": pdq,
    "findimagedupes": findimagedupes,
    "czkawka": czkawka,
    "difd similar": difd_similar,
    "difd edited": difd_edited,
}


def _numbers(folder: Path, files: Sequence[str]) -> dict[str, int]:
    return {str(folder / file): number for number, file in enumerate(files)}


def _nothing(files: Sequence[str]) -> np.ndarray:
    return np.eye(len(files), dtype=bool)


def _together(groups: Sequence[Sequence[str]], folder: Path, files: Sequence[str]) -> np.ndarray:
    alike, numbers = _nothing(files), _numbers(folder, files)
    for group in groups:
        members = [numbers[path] for path in group]
        alike[np.ix_(members, members)] = True
    return alike


def _children() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def _of_daemon(runtime: str) -> float:
    """Processor time of all processes that have this runtime directory, and of their children."""
    total = 0.0
    for process in psutil.process_iter():
        try:
            if process.environ().get("XDG_RUNTIME_DIR") == runtime and process.pid != os.getpid():
                total += sum(process.cpu_times()[:4])
        except psutil.Error:
            continue
    return total
