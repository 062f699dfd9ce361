"""What the last checks cost: plan and execution, of copies by bytes and of copies by pixels.

python -m bench.actions [--bytes N] [--pixels N] [--runs N]       (from the folder `tests`)

A file that goes has a picture that stays: 10,000 copies of 2,500 small JPEGs, and 1,000 PNGs that
were compressed otherwise. Trash, pictures and difd's journal lie on the disk of TMPDIR.
"""

from __future__ import annotations

import argparse
import os
import shutil
import tempfile
import time
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from unittest import mock

from harness.photos import distinct_photos
from PIL import Image

from bench.peers import own_difd
from bench.table import Row, show
from difclient.client import Client
from difd.protocol.actions import ActionInfo, ActionOptions, Verb
from difd.protocol.options import SearchOptions

COPIES = 4
"""Of each picture, where bytes are compared."""


def byte_copies(folder: Path, count: int) -> None:
    """So many files that go, and a quarter as many that stay."""
    distinct_photos(folder / "album", count // COPIES)
    for number in range(COPIES):
        shutil.copytree(folder / "album", folder / f"backup {number}")


def pixel_copies(folder: Path, count: int) -> None:
    """So many files that go, and as many that stay."""
    distinct_photos(folder / "jpg", count)
    for name in ("album", "backup"):
        (folder / name).mkdir()
    for number, path in enumerate(sorted((folder / "jpg").iterdir())):
        with Image.open(path) as picture:
            for level, name in ((6, "album"), (1, "backup")):
                picture.save(folder / name / f"{number:05}.png", compress_level=level)
    shutil.rmtree(folder / "jpg")


KINDS: dict[str, Callable[[Path, int], None]] = {"bytes": byte_copies, "pixels": pixel_copies}


def measure(kind: str, count: int, verb: Verb) -> Row:
    """One line of the table."""
    with ExitStack() as stack:
        environment = stack.enter_context(own_difd())
        place = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        environment["XDG_DATA_HOME"] = str(place / "data")
        stack.enter_context(mock.patch.dict(os.environ, environment))
        KINDS[kind](place / "pictures", count)
        with Client() as client:
            *_, job = client.follow(
                client.submit(SearchOptions(paths=(os.fsencode(place / "pictures"),))).id
            )
            begun = time.perf_counter()
            planned = _end(client, client.actions.plan(job.id, ActionOptions(verb=verb)))
            between = time.perf_counter()
            done = _end(client, client.actions.execute(planned.id))
            ended = time.perf_counter()
        return {
            "copies": f"{planned.items:,} by {kind}",
            "verb": verb,
            "done": done.done,
            "plan, s": between - begun,
            "execution, s": ended - between,
            "each, ms": (ended - between) / max(1, done.done) * 1000,
        }


def _end(client: Client, info: ActionInfo) -> ActionInfo:
    *_, last = client.actions.follow(info)
    return last


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--bytes", type=int, default=10_000)
    parser.add_argument("--pixels", type=int, default=1_000)
    parser.add_argument("--runs", type=int, default=1)
    asked = vars(parser.parse_args())
    verbs: tuple[Verb, ...] = ("trash", "delete")
    rows = [
        measure(kind, asked[kind], verb)
        for kind in KINDS
        if asked[kind]
        for verb in verbs
        for _ in range(asked["runs"])
    ]
    show("Plan and execution", rows)


if __name__ == "__main__":
    main()
