"""How far the corpus's variants are from their originals, and which searches find them.

    python tests/bench/variants.py CORPUS

CORPUS is the folder that has `variants`. Every variant is searched for beside its original alone,
with same_dim off. Nothing is saved.
"""

from __future__ import annotations

import argparse
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from msgspec.structs import replace

from difd.engine import pipeline
from difd.engine.library import Library
from difd.pools.local import LocalPool
from difd.protocol.options import MSE_MAX, SearchOptions
from difd.protocol.results import Match, Member, Pair, Row

ORIGINALS: Final = (
    "bridge-mods/aaa-orig.jpg",
    "dih/bridge-1-original.jpg",
    "modes/original.jpg",
)

THRESHOLDS: Final = (0.0, 5.0, 25.0)


@dataclass(frozen=True)
class Likeness:
    """A variant and its original under some turns.

    Attributes:
        mse: the smallest over these turns.
        found: the kind of match by threshold; None where the search does not find it.
    """

    mse: float
    found: dict[float, Match | None]


@dataclass(frozen=True)
class Variant:
    """One file of the corpus.

    Attributes:
        name: folder and file.
        turned: over the four rotations.
        mirrored: over these, and the four mirrored ones.
    """

    name: str
    turned: Likeness
    mirrored: Likeness


def measure(corpus: Path) -> list[Variant]:
    """All variants, in the order of their paths."""
    measured = []
    with LocalPool() as pool:
        for original in ORIGINALS:
            path = corpus / "variants" / original
            options = SearchOptions(paths=(os.fsencode(path.parent),), same_dim=False)
            library = pipeline.build(options, pool, lambda _: None, lambda: False)
            for name, pair in _pairs(library, os.fsencode(path)):
                turned, mirrored = (
                    _likeness(pair, pool, mirror=mirror) for mirror in (False, True)
                )
                measured.append(Variant(f"{path.parent.name}/{name}", turned, mirrored))
    return measured


def _pairs(library: Library, original: bytes) -> Iterator[tuple[str, Library]]:
    """Each variant's name, and a library of it and its original alone."""
    paths = [record.file.path for record in library.records]
    own = paths.index(original)
    for number, path in enumerate(paths):
        if number != own:
            both = sorted((own, number))
            records = tuple(library.records[one] for one in both)
            yield (
                os.fsdecode(os.path.basename(path)),
                replace(
                    library,
                    records=records,
                    signatures=library.signatures[both],
                    sums=library.sums[both],
                ),
            )


def _likeness(pair: Library, pool: LocalPool, *, mirror: bool) -> Likeness:
    found = {
        threshold: _match(_search(pair, pool, threshold, mirror=mirror)) for threshold in THRESHOLDS
    }
    (mse,) = (
        row.mse for row in _search(pair, pool, MSE_MAX, mirror=mirror) if isinstance(row, Pair)
    )
    return Likeness(mse, found)


def _search(pair: Library, pool: LocalPool, threshold: float, *, mirror: bool) -> list[Row]:
    options = SearchOptions(
        paths=pair.options.paths, same_dim=False, similarity=threshold, mirror=mirror
    )
    return list(pipeline.search(pair, options, pool, lambda _: None, lambda: False).rows())


def _match(rows: list[Row]) -> Match | None:
    return next((row.match for row in rows if isinstance(row, Member) and row.keeper), None)


def table(measured: list[Variant]) -> list[str]:
    """The lines that are printed."""
    head = ["MSE", *(f"at {threshold:g}" for threshold in THRESHOLDS)]
    lines = [_line("variant", head, ["mirrored", *head[1:]])]
    for variant in measured:
        columns = [
            [f"{one.mse:.4f}", *(match or "-" for match in one.found.values())]
            for one in (variant.turned, variant.mirrored)
        ]
        lines.append(_line(variant.name, *columns))
    return lines


def _line(name: str, turned: list[str], mirrored: list[str]) -> str:
    left, right = (
        f"{mse:>11}" + "".join(f"{match:>9}" for match in found)
        for mse, *found in (turned, mirrored)
    )
    return f"{name:<34}{left}   |{right}"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("corpus", type=Path, help="the folder that has `variants`")
    print("\n".join(table(measure(parser.parse_args().corpus))))


if __name__ == "__main__":
    main()
