"""The features of a picture: codes of what its distinct places look like, and where they are."""

from __future__ import annotations

from typing import Final, NamedTuple, Self

import msgspec
import numpy as np
from numpy.typing import NDArray

from difd.engine.features.codes import ALIKE, Codes, codes_of
from difd.engine.features.scales import Places, octaves, places_in
from difd.engine.features.surroundings import described, turned
from difd.engine.native.chosen import loops

MOST: Final = 500
"""Features of a picture that are kept: 6,000 bytes."""

_DESCRIBED: Final = 620
_REPEATED: Final = 1
"""So many are described, of which those stay that the picture has twice at most: the others are
found wherever they are looked for. Without them a hundredth of all pictures seem to be related."""

AREA: Final = 250_000
"""Pixels of the picture in which they are looked for."""

_ENLARGED: Final = 4.0
"""A small picture is made larger by no more than this."""

_LONGEST: Final = 4096
"""Pixels of the longer edge, of pictures that are very long."""

_RASTER: Final = 4
"""Places are taken from all of so many times so many parts of a picture."""

_ACROSS: Final = 1023
_TURNS: Final = 128
_ZOOM_STEPS: Final = 4
"""Scales are kept in fourths of an octave, angles in 128ths of a turn, positions in 1023rds of the
longer edge: 4 bytes."""

_LEAST_SCALE: Final = 2.0**-11
FORM: Final = np.dtype([("code", "<u8"), ("place", "<u4")])
"""How a feature is kept: its code, and where it is, see `placed`."""


class Features(msgspec.Struct, frozen=True, eq=False):
    """The features of a picture.

    Attributes:
        codes: (n,), see `codes`.
        x, y: (n,), where they are, from the upper left, in longer edges of the picture.
        scales: (n,), how large they are, in longer edges.
        turns: (n,), where they point to, in turns, from the column axis to the row axis.
    """

    codes: Codes
    x: NDArray[np.float32]
    y: NDArray[np.float32]
    scales: NDArray[np.float32]
    turns: NDArray[np.float32]

    def packed(self) -> bytes:
        """All of them, 12 bytes each."""
        made = np.empty(len(self.codes), FORM)
        zoom = np.log2(np.maximum(self.scales, _LEAST_SCALE) / _LEAST_SCALE) * _ZOOM_STEPS
        place = np.rint(self.x * _ACROSS).clip(0, _ACROSS).astype(np.uint32)
        place |= np.rint(self.y * _ACROSS).clip(0, _ACROSS).astype(np.uint32) << 10
        place |= np.rint(zoom).clip(0, 31).astype(np.uint32) << 20
        place |= (np.rint(self.turns * _TURNS).astype(np.uint32) % _TURNS) << 25
        made["code"], made["place"] = self.codes, place
        return made.tobytes()

    @classmethod
    def unpacked(cls, data: bytes) -> Self:
        """The features that `packed` made bytes of.

        Raises:
            ValueError: it did not.
        """
        held = np.frombuffer(data, FORM)
        return cls(held["code"].astype(np.uint64), *placed(held["place"]))


class Placed(NamedTuple):
    """Where features are, see `Features`."""

    x: NDArray[np.float32]
    y: NDArray[np.float32]
    scales: NDArray[np.float32]
    turns: NDArray[np.float32]


def placed(place: NDArray[np.uint32]) -> Placed:
    """Where features are, of the four bytes in which it is kept."""
    return Placed(
        ((place & 1023) / _ACROSS).astype(np.float32),
        ((place >> 10 & 1023) / _ACROSS).astype(np.float32),
        (np.exp2((place >> 20 & 31) / _ZOOM_STEPS) * _LEAST_SCALE).astype(np.float32),
        ((place >> 25) / _TURNS).astype(np.float32),
    )


def turns_and_zooms(place: NDArray[np.uint32]) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    """Angles in 256ths of a turn, and scales in eighths of an octave, of the four bytes."""
    turns = (place >> 25).astype(np.uint8) * np.uint8(256 // _TURNS)
    return turns, (place >> 20 & 31).astype(np.uint8) * np.uint8(8 // _ZOOM_STEPS)


def features_of(grey: NDArray[np.uint8], seen: NDArray[np.bool_] | None = None) -> Features:
    """The features of a picture, as it is displayed.

    Args:
        grey: (height, width), see `working_size`.
        seen: (height, width), where it is not transparent; None if it nowhere is.
    """
    found = octaves(grey)
    places = places_in(found)
    if seen is not None and len(places):
        column = np.rint(places[:, 0]).astype(np.intp).clip(0, grey.shape[1] - 1)
        row = np.rint(places[:, 1]).astype(np.intp).clip(0, grey.shape[0] - 1)
        places = places[seen[row, column]]
    places = places[_chosen(places, grey.shape)]
    which, turns = turned(found, places)
    which, turns = which[:_DESCRIBED], turns[:_DESCRIBED]
    codes = codes_of(described(found, places[which], turns))
    telling = _telling(codes)
    codes, turns, places = codes[telling], turns[telling], places[which[telling]]
    longest = max(grey.shape)
    return Features(
        codes=codes,
        x=places[:, 0] / longest,
        y=places[:, 1] / longest,
        scales=places[:, 2] / longest,
        turns=turns,
    )


def working_size(size: tuple[int, int]) -> tuple[int, int]:
    """The width and height in which features of a picture are looked for."""
    width, height = size
    zoom = min(_ENLARGED, (AREA / (width * height)) ** 0.5, _LONGEST / max(size))
    return max(1, round(width * zoom)), max(1, round(height * zoom))


def _telling(codes: Codes) -> NDArray[np.intp]:
    """The first features that are not repeated in the picture: windows of a facade, letters."""
    counts = np.empty(len(codes), np.int32)
    loops.count_repeats(codes, ALIKE, counts)
    return np.flatnonzero(counts <= _REPEATED)[:MOST]


def _chosen(places: Places, shape: tuple[int, ...]) -> NDArray[np.intp]:
    """The places that are kept, the strongest of all parts of the picture first."""
    strongest = np.argsort(-places[:, 3], kind="stable")
    column = (places[:, 0] * (_RASTER / shape[1])).astype(np.intp).clip(0, _RASTER - 1)
    row = (places[:, 1] * (_RASTER / shape[0])).astype(np.intp).clip(0, _RASTER - 1)
    part = (row * _RASTER + column).astype(np.uint8)[strongest]
    order = np.argsort(part, kind="stable")
    starts = np.searchsorted(part[order], np.arange(_RASTER * _RASTER))
    rank = np.empty(len(places), np.uint16)  # at most a place for eight pixels
    rank[order] = np.arange(len(places)) - starts[part[order]]
    chosen: NDArray[np.intp] = strongest[np.argsort(rank, kind="stable")[:_DESCRIBED]]
    return chosen
