"""Finds the pairs of signatures within a radius, in any turn, by `native`'s `candidates.c`."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Final

import msgspec
import numpy as np
from numpy.typing import NDArray

from difd.engine.native.chosen import loops

_ROUNDING: Final = 2e-5
"""Differences, squares and their sum in float32 are off by at most this share of the sum: at most
(n + 4)·2^-24 for n numbers, in any order of the terms."""

Floats = NDArray[np.float32]
"""Numbers of signatures or coordinates."""


class Turned(msgspec.Struct, frozen=True, eq=False):
    """How turns act on signatures.

    Attributes:
        codes: (t,) uint8, the codes of the turns.
        order, signs: (t, LENGTH) int64 and float32; see `signature.turned_order`.
    """

    codes: NDArray[np.uint8]
    order: NDArray[np.int64]
    signs: Floats


class Tile(msgspec.Struct, frozen=True, eq=False):
    """Rows and columns of a slab that are compared with each other.

    Attributes:
        images: (c + h,) int64, the core and the halo.
        core: how many of them are the core.
        coordinates: (d, c + h) float32; the first one is that by which both are sorted.
        signatures: (c + h, LENGTH) float32.
        rows, columns: ranges of places in `images`; a column of the core is only compared with
            rows before it.
        done: share of the slab that is done before this tile.
    """

    images: NDArray[np.int64]
    core: int
    coordinates: Floats
    signatures: Floats
    rows: tuple[int, int]
    columns: tuple[int, int]
    done: float


def turned(codes: Sequence[int], actions: Sequence[tuple[NDArray[np.intp], Floats]]) -> Turned:
    """Some turns, by code, with what `signature.turned_order` says of each."""
    return Turned(
        np.array(codes, np.uint8),
        np.array([order for order, _ in actions], np.int64),
        np.array([signs for _, signs in actions], np.float32),
    )


def near_pairs(
    tile: Tile, reach: float, radius: float, turned: Turned
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.uint8]]:
    """The pairs of a tile that are near in any turn; rounding never loses one, but may add some.

    Args:
        tile: from `tiles`.
        reach: largest distance of the coordinates.
        radius: largest distance of the signatures.
        turned: the turns.

    Returns:
        the rows and the columns of the pairs, (k,) int64 each, sorted by column; (k,) uint8: a
        bit for every turn of the column in which they are near.
    """
    (top, bottom), (left, right) = tile.rows, tile.columns
    most = (bottom - top) * (right - left)
    rows, columns = np.empty(most, np.int32), np.empty(most, np.int32)
    near = np.empty(most, np.uint8)
    count = loops.near_pairs(
        tile.coordinates, tile.signatures, (tile.core, top, bottom, left, right),
        (reach, float(squared(reach)), float(squared(radius))),
        turned.codes, turned.order, turned.signs, rows, columns, near,
    )  # fmt: skip
    return tile.images[rows[:count]], tile.images[columns[:count]], near[:count].copy()


def turns_of_pairs(
    signatures: Floats,
    rows: NDArray[np.int64],
    columns: NDArray[np.int64],
    radius: float,
    turned: Turned,
) -> NDArray[np.uint8]:
    """In which turns of the second image pairs are near, (k,) uint8 bits; for `near_pairs`."""
    near = np.zeros(len(rows), np.uint8)
    loops.turns_of_pairs(
        signatures, rows, columns, float(squared(radius)),
        turned.codes, turned.order, turned.signs, near,
    )  # fmt: skip
    return near


def squared(radius: float) -> np.float32:
    """What a sum of squares in float32 does not exceed if the exact distance is the radius."""
    square = np.float32(radius * radius * (1 + _ROUNDING))
    return np.float32(np.nextafter(square, np.float32(math.inf)))
