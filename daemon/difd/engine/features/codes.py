"""From descriptors to codes of 64 bits, of which those that look alike differ in few.

A bit says on which side of a plane a descriptor lies. The planes are principal directions of many
descriptors, turned among each other so that each bit says equally much (`bench.feature_codes`
makes `planes.npz`). Half of them do not care whether a picture is mirrored, half whether it is
inverted, the other halves turn round: so the code of such a picture is known without it.
"""

from __future__ import annotations

import io
from functools import cache
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

BITS: Final = 64

ALIKE: Final = 10
"""Bits in which codes of the same place may differ."""

_CLAMP: Final = 0.15
"""Larger numbers of a descriptor, of length 1, count as this: glare and shadow make such."""

_SCALE: Final = 512
"""What 1 is in the integers that planes are asked about: sums of products stay below 2^24, so that
they are exact in 32-bit floats, in whatever order they are added."""

_PLANES: Final = "planes.npz"

Codes = NDArray[np.uint64]


class _Planes(NamedTuple):
    """Where the planes lie.

    Attributes:
        weights: (numbers, BITS), integers from -127 to 127.
        least: (BITS), what the sum must exceed for the bit to be set.
        mirrored, inverted: the bits that turn round.
    """

    weights: NDArray[np.float32]
    least: NDArray[np.float32]
    mirrored: np.uint64
    inverted: np.uint64


@cache
def _planes() -> _Planes:
    from importlib import resources  # noqa: PLC0415  only who looks for edited copies needs it

    data = resources.files(__package__).joinpath(_PLANES).read_bytes()
    with np.load(io.BytesIO(data), allow_pickle=False) as held:
        return _Planes(
            held["weights"].astype(np.float32),
            held["least"].astype(np.float32),
            held["mirrored"][()],
            held["inverted"][()],
        )


def codes_of(descriptors: NDArray[np.float32]) -> Codes:
    """The codes of descriptors, (n,).

    Args:
        descriptors: (n, numbers), 0 or more.
    """
    planes = _planes()
    sides = rounded(descriptors).astype(np.float32) @ planes.weights > planes.least
    made: Codes = np.packbits(sides, axis=1, bitorder="little").view("<u8").reshape(-1)
    return made.astype(np.uint64, copy=False)


def rounded(descriptors: NDArray[np.float32]) -> NDArray[np.uint8]:
    """Descriptors without their strength, as small integers that are compared by differences."""
    lengths = np.sqrt((descriptors * descriptors).sum(axis=1, keepdims=True))
    numbers = descriptors / np.maximum(lengths, 1e-9)
    np.minimum(numbers, _CLAMP, out=numbers)
    numbers /= np.maximum(numbers.sum(axis=1, keepdims=True), 1e-9)
    np.sqrt(numbers, out=numbers)
    numbers *= _SCALE
    np.rint(numbers, out=numbers)
    made: NDArray[np.uint8] = np.minimum(numbers, 255, out=numbers).astype(np.uint8)
    return made


def flips() -> NDArray[np.uint64]:
    """The bits that turn round: in no picture, a mirrored, an inverted, a mirrored inverted one."""
    planes = _planes()
    both = planes.mirrored ^ planes.inverted
    return np.array([0, planes.mirrored, planes.inverted, both], np.uint64)
