"""Make the planes by which descriptors become codes: `python -m bench.feature_codes [FILE]`.

From descriptors of many different photos, which none of the sets that codes are measured with has.
See `difd.engine.features.codes` for what the planes are.
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from bench.corpus import crops
from difd.engine.features import codes
from difd.engine.features.scales import octaves, places_in
from difd.engine.features.surroundings import described, turned
from difd.engine.read.grey import working_grey

PHOTOS = 400
EACH = 400
KEPT = 64
"""Principal directions that the planes lie among."""

Rows = NDArray[np.float64]

_AT = np.arange(128).reshape(4, 4, 8)
MIRRORED = _AT[::-1][:, :, -np.arange(8) % 8].reshape(-1)
"""Where the numbers of a mirrored picture's descriptor stand in the picture's."""

INVERTED = _AT[::-1, ::-1].reshape(-1)


def descriptors() -> Rows:
    """Descriptors of photos."""
    made = []
    for photo in crops(PHOTOS, (1024, 768), seed=7):
        found = octaves(working_grey(photo).grey)
        places = places_in(found)
        places = places[np.argsort(-places[:, 3], kind="stable")[:EACH]]
        which, turns = turned(found, places)
        made.append(codes.rounded(described(found, places[which], turns)))
    return np.concatenate(made).astype(np.float64)


def directions(rows: Rows) -> list[tuple[float, Rows, int, int]]:
    """The strongest principal directions of each symmetry: strength, direction, and the signs that
    it takes on when a picture is mirrored, and when it is inverted."""
    every = np.concatenate([rows, rows[:, MIRRORED]])
    every = np.concatenate([every, every[:, INVERTED]])
    every -= every.mean(axis=0)
    found = []
    for mirrored in (1, -1):
        for inverted in (1, -1):
            part = (every + mirrored * every[:, MIRRORED]) / 2
            part = (part + inverted * part[:, INVERTED]) / 2
            values, vectors = np.linalg.eigh(part.T @ part / len(part))
            found += [
                (float(value), vector, mirrored, inverted)
                for value, vector in zip(values[-32:], vectors.T[-32:], strict=True)
            ]
    return sorted(found, key=lambda one: -one[0])[:KEPT]


def planes(rows: Rows) -> dict[str, NDArray[np.generic]]:
    """What `codes` reads."""
    strongest = directions(rows)
    chance = np.random.default_rng(0)
    weights, mirrored, inverted = [], [], []
    for signs in ((1, 1), (1, -1), (-1, 1), (-1, -1)):
        basis = np.array([vector for _, vector, *both in strongest if tuple(both) == signs])
        if not len(basis):
            continue
        turned_basis, _ = np.linalg.qr(chance.standard_normal((len(basis), len(basis))))
        weights.append(turned_basis @ basis)
        mirrored += [signs[0] < 0] * len(basis)
        inverted += [signs[1] < 0] * len(basis)
    found = np.concatenate(weights)
    found = np.rint(found / np.abs(found).max() * 127)
    every = np.concatenate([rows, rows[:, MIRRORED]])
    every = np.concatenate([every, every[:, INVERTED]])
    least = found @ every.mean(axis=0)
    # Where a bit turns round, the plane goes through 0 by symmetry.
    least[np.array(mirrored) | np.array(inverted)] = 0
    return {
        "weights": found.T.astype(np.int8),
        "least": least.astype(np.float32),
        "mirrored": _word(mirrored),
        "inverted": _word(inverted),
    }


def _word(bits: list[bool]) -> NDArray[np.uint64]:
    return np.packbits(bits, bitorder="little").view(np.uint64)[0]


def main() -> None:
    """Write them where they belong, or elsewhere."""
    target = Path(sys.argv[1]) if len(sys.argv) > 1 else Path(codes.__file__).parent / "planes.npz"
    np.savez(target, **planes(descriptors()))


if __name__ == "__main__":
    main()
