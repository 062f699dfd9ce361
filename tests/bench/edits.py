"""Which edited copies are found, by which method, and what is taken for one by mistake.

    cd tests && python -m bench.edits [--originals N] [--json FILE] [--draw SVG]

All methods see the same files in one run (the set of `bench.edit_set`). Recall is the share of
copies that a method calls like their original. A false match is one between different pictures, by
`edit_truth.truth`. Costs are measured apart, on photos of about one and of 6 to 12 megapixels.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import shutil
import tempfile
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import numpy as np

from bench import edit_picture, edit_set
from bench.edit_methods import METHODS, Found, feature_seconds
from bench.edit_truth import Entry, Truth, truth
from bench.table import Row, show

CODES = {Truth.DIFFERENT: 0, Truth.EDITED: 1, Truth.OVERLAP: 2, Truth.NOTHING: 3}

COPIES = ("edit", "crop", "panorama", "logo", "ui")
"""Kinds of which each file is a copy of a picture in the set."""

SIZES = {"one megapixel": (0.7e6, 2.1e6, 200), "6 to 12 megapixels": (6e6, 12.1e6, 80)}
"""Least and most pixels of the photos that costs are measured on, and how many."""


def truths(entries: Sequence[Entry]) -> np.ndarray:
    """What is true of every two files: (n, n) uint8 of `CODES`; a file and itself: nothing."""
    by_name = defaultdict(list)
    for number, entry in enumerate(entries):
        for name in {entry.src, *entry.also}:
            by_name[name].append(number)
    table = np.full((len(entries),) * 2, CODES[Truth.DIFFERENT], np.uint8)
    for numbers in by_name.values():
        for place, a in enumerate(numbers):
            for b in numbers[:place]:
                table[a, b] = table[b, a] = CODES[truth(entries[a], entries[b])]
    plain = [number for number, entry in enumerate(entries) if entry.plain]
    table[plain, :] = table[:, plain] = CODES[Truth.NOTHING]
    np.fill_diagonal(table, CODES[Truth.NOTHING])
    return table


def recalls(entries: Sequence[Entry], found: dict[str, Found], group: str) -> list[Row]:
    """A line for every edit, and for every other kind of copy: the share found by each method."""
    wholes = {
        entry.src: number for number, entry in enumerate(entries) if entry.kind in {"orig", "photo"}
    }
    lines: dict[str, list[tuple[int, int]]] = defaultdict(list)
    for number, entry in enumerate(entries):
        if entry.kind in COPIES and entry.group == group and not entry.plain:
            pair = (number, wholes[entry.src])
            lines[entry.edit or f"({entry.kind})"].append(pair)
            if entry.edit:
                lines["all edits"].append(pair)
    order = sorted(lines, key=lambda name: ("(" in name, name == "all edits"))
    return [
        {"edit": name, "copies": len(lines[name]), **_shares(lines[name], found)} for name in order
    ]


def _shares(pairs: Sequence[tuple[int, int]], found: dict[str, Found]) -> dict[str, float]:
    return {
        method: float(np.mean([one.alike[pair] for pair in pairs])) for method, one in found.items()
    }


def mistakes(entries: Sequence[Entry], found: dict[str, Found], table: np.ndarray) -> list[Row]:
    """A line for every method: matches between different pictures, and of what kinds they are."""
    upper = np.triu(np.ones(table.shape, bool), 1)
    rows: list[Row] = []
    for method, one in found.items():
        false = np.argwhere(one.alike & upper & (table == CODES[Truth.DIFFERENT]))
        kinds = Counter(
            " and ".join(sorted({entries[a].kind, entries[b].kind})) for a, b in false.tolist()
        )
        rows.append(
            {
                "method": method,
                "different pairs": int((upper & (table == CODES[Truth.DIFFERENT])).sum()),
                "false": len(false),
                "most of them": ", ".join(f"{kind} {n}" for kind, n in kinds.most_common(4)),
                "overlapping pairs": int((upper & (table == CODES[Truth.OVERLAP])).sum()),
                "matched": int((one.alike & upper & (table == CODES[Truth.OVERLAP])).sum()),
            }
        )
    return rows


def false_pairs(
    entries: Sequence[Entry], one: Found, table: np.ndarray, most: int = 200
) -> list[tuple[str, str]]:
    """Some of the false matches of a method, by their files, to be looked at."""
    places = np.argwhere(np.triu(one.alike, 1) & (table == CODES[Truth.DIFFERENT])).tolist()
    chosen = random.Random(1).sample(places, min(most, len(places)))
    return [(entries[a].file, entries[b].file) for a, b in sorted(chosen)]


def costs(entries: Sequence[Entry], methods: Sequence[str]) -> list[Row]:
    """Processor time and bytes a picture, by size of the photos and method."""
    rows: list[Row] = []
    for size, (least, most, count) in SIZES.items():
        fitting = [
            entry.file
            for entry in entries
            if entry.group == "photo" and least <= entry.size[0] * entry.size[1] <= most
        ]
        files = random.Random(size).sample(fitting, min(count, len(fitting)))
        with chosen(files) as folder:
            bare, features = feature_seconds(folder, files)
            rows.append(_cost(size, "bare decode", len(files), bare, bare))
            rows.append(_cost(size, "features of difd", len(files), features, bare))
            for method in methods:
                one = METHODS[method](folder, files)
                if one is not None:
                    rows.append(_cost(size, method, len(files), one.seconds, bare, one.bytes))
    return rows


def _cost(
    size: str, method: str, files: int, seconds: float, bare: float, kept: int | None = None
) -> Row:
    return {
        "photos of": size,
        "method": method,
        "files": files,
        "ms a picture": 1000 * seconds / files,
        "times a decode": seconds / bare,
        "bytes a picture": kept and round(kept / files),
    }


@contextmanager
def chosen(files: Sequence[str]) -> Iterator[Path]:
    """A folder with these files of the set and no others."""
    folder = Path(tempfile.mkdtemp(prefix="chosen-", dir=edit_set.folder()))
    try:
        for file in files:
            (folder / file).parent.mkdir(exist_ok=True)
            os.link(edit_set.folder() / file, folder / file)
        yield folder
    finally:
        shutil.rmtree(folder)


def measure(count: int | None, methods: Sequence[str]) -> dict[str, list[Row]]:
    """All tables, by title."""
    entries = edit_set.make(count)
    files = [entry.file for entry in entries]
    found = {}
    with chosen(files) as folder:
        for method in methods:
            one = METHODS[method](folder, files)
            print(f"{method}: {'not built' if one is None else f'{one.seconds:.0f} s'}", flush=True)
            if one is not None:
                found[method] = one
    table = truths(entries)
    looked_at = {method: false_pairs(entries, one, table) for method, one in found.items()}
    (edit_set.folder() / "false.json").write_text(json.dumps(looked_at, indent=0))
    return {
        "Edits of photos": recalls(entries, found, "photo"),
        "Edits of clip art, screenshots, a chart, pages": recalls(entries, found, "graphic"),
        "Matches that are none": mistakes(entries, found, table),
        "Cost": costs(entries, list(found)),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--originals", type=int, help="only so many of them")
    parser.add_argument("--methods", nargs="+", choices=METHODS, default=list(METHODS))
    parser.add_argument("--json", type=Path, help="write the tables to this file")
    parser.add_argument("--draw", type=Path, help="draw the tables as SVG")
    parser.add_argument("--tables", type=Path, help="draw these, as --json wrote them")
    given = parser.parse_args()
    if given.tables:
        tables = json.loads(given.tables.read_text())
    else:
        tables = measure(given.originals, given.methods)
    for title, rows in tables.items():
        show(title, rows)
    if given.json:
        given.json.write_text(json.dumps(tables, indent=1))
    if given.draw:
        edit_picture.draw(tables, list(METHODS), given.draw)


if __name__ == "__main__":
    main()
