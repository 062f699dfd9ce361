"""A library of 400 pictures with labelled edits, searched once, as its owner would see it.

    cd tests && python -m bench.edited_library [--pictures N] [--seed N]

Drawn from the set of `bench.edit_set`: originals, some edits of each, and pictures of the kinds
that are none. Told is where each edit is listed: beside its original, beside another copy of it,
nowhere, or, which must not be, beside a different picture.
"""

from __future__ import annotations

import argparse
import json
import random
import subprocess
import time
from collections import Counter, defaultdict
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from bench import edit_set
from bench.edit_methods import pairs_of
from bench.edit_truth import Entry, Truth, truth
from bench.edits import chosen
from bench.peers import difctl, own_difd
from bench.table import Row, show

EDITS_EACH = 7
OTHERS = 0.2
"""The share of pictures that are no copies of an original in the library."""


def drawn(entries: Sequence[Entry], count: int, seed: int) -> list[Entry]:
    """So many of the pictures, about eight of one source together."""
    chance = random.Random(seed)
    edits = defaultdict(list)
    for entry in entries:
        if entry.kind == "edit":
            edits[entry.src].append(entry)
    originals = [entry for entry in entries if entry.kind == "orig" and edits[entry.src]]
    others = [entry for entry in entries if entry.kind not in {"edit", "orig"}]
    library = chance.sample(others, round(OTHERS * count))
    for original in chance.sample(originals, len(originals)):
        some = chance.sample(edits[original.src], min(EDITS_EACH, len(edits[original.src])))
        library += [original, *some][: count - len(library)]
    return library


def search(library: Sequence[Entry]) -> tuple[dict[str, Any], float]:
    """What `difctl search -s edited --json` says of it, by the set's names, and seconds."""
    with chosen([entry.file for entry in library]) as folder, own_difd() as environment:
        begun = time.perf_counter()
        answer = subprocess.run(
            [difctl(), "search", folder, "-s", "edited", "--json"],
            env=environment,
            capture_output=True,
            text=True,
            check=False,
        )
        seconds = time.perf_counter() - begun
        document: dict[str, Any] = json.loads(answer.stdout)
        for group in document["groups"]:
            for entry in (*group["files"], *group["edited"]):
                entry["path"] = str(Path(entry["path"]).relative_to(folder))
    return document, seconds


def judged(library: Sequence[Entry], document: dict[str, Any]) -> tuple[Row, list[tuple[str, str]]]:
    """How many edits are listed where; and the pairs that are listed and different."""
    by_file = {entry.file: entry for entry in library}
    whole = {entry.src for entry in library if entry.kind == "orig"}
    beside = defaultdict(set)
    for one, other in pairs_of(document):
        beside[one].add(other)
        beside[other].add(one)
    counts: Counter[str] = Counter()
    false = []
    for entry in library:
        others = [by_file[name] for name in beside[entry.file]]
        false += [
            (entry.file, other.file)
            for other in others
            if entry.file < other.file and truth(entry, other) is Truth.DIFFERENT
        ]
        if entry.kind != "edit" or entry.plain or entry.src not in whole:
            continue
        counts["edits"] += 1
        if any(other.kind == "orig" and other.src == entry.src for other in others):
            counts["beside the original"] += 1
        elif any(other.src == entry.src for other in others):
            counts["beside another copy"] += 1
        else:
            counts["nowhere"] += 1
    row = {name: counts[name] for name in ("edits", "beside the original", "beside another copy")}
    return {**row, "nowhere": counts["nowhere"], "different pairs together": len(false)}, false


def main() -> None:
    """Search one library and tell."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pictures", type=int, default=400)
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    library = drawn(edit_set.make(), given.pictures, given.seed)
    document, seconds = search(library)
    row, false = judged(library, document)
    show(f"A library of {len(library)}", [{**row, "seconds": seconds}])
    for pair in false:
        print(*pair)


if __name__ == "__main__":
    main()
