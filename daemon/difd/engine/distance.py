"""Exact sums of squared differences (SSD) between images, over all planes and the best turn.

Everything is integers, so that a threshold decides exactly, and tensors are read where they lie,
such as in a mapped file; nothing but the turned copies of one at a time is ever made. Two tensors
of 50 pixels take 0.3 µs once they are in the cache; a turned copy takes 3 µs, so candidates are to
be sorted by the image that is turned. (Views of arrays inside the loops took as long again, which
is why they work on addresses; tables by matrix products are no faster.)
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from fractions import Fraction
from functools import cache
from typing import Final

import numpy as np
from numba.extending import register_jitable
from numpy.typing import NDArray

from difd.engine.compiled import addresses, bytes_at, compiled
from difd.engine.orientation import IDENTITY, INVERSE, TURNS, turn_image

_STRIP: Final = 1024
"""Values between two looks at the limit: a fourth faster than whole tensors of 50 pixels, as three
in four candidates leave early. A power of two fits the processor's vectors."""

_ANIMATED: Final = (3, 6)
"""Numbers of planes of animations."""

_COPIED: Final = 1 << 20
"""Most values of a tensor of which several turned copies are kept at once."""


def ssd_limit(threshold: float, px: int) -> int:
    """The largest SSD of a match: floor(threshold · 3·px²), without rounding."""
    return int(Fraction(threshold) * (3 * px * px))


Bytes = NDArray[np.uint8]
"""A flat tensor, or a part of one."""


class Planes:
    """The planes of many images, where they lie in memory.

    Args:
        planes: of every image (k, px, px, 3) uint8, k being 1, 2, 3 or 6 (see `Record`). They
            are not copied unless their rows are not one after another.
        frames: (n,) int64, how many frames every image has.
        px: edge of the tensors.
    """

    def __init__(
        self, planes: Sequence[NDArray[np.uint8]], frames: NDArray[np.int64], px: int
    ) -> None:
        # The list keeps alive what the addresses point to.
        self._planes = [np.ascontiguousarray(own) for own in planes]
        self._addresses = addresses(self._planes)
        self._counts = np.array([len(own) for own in self._planes], np.int64)
        self._frames = frames
        self._px = px

    def closest(
        self,
        a: NDArray[np.int64],
        b: NDArray[np.int64],
        turns: NDArray[np.uint8],
        limit: int,
        stop: NDArray[np.uint8] | None = None,
    ) -> tuple[NDArray[np.int64], NDArray[np.int8]]:
        """The SSD of pairs of images: the largest over the planes, the smallest over the turns.

        Fastest if equal numbers in `b` follow each other.

        Args:
            a: (k,) int64, one image of each pair.
            b: (k,) int64, the other one, which is turned.
            turns: (k,) uint8, a bit for every turn that is tried.
            limit: an SSD above it counts as `limit` + 1.
            stop: (1,) uint8; once it is not 0, the rest of the result is left as it is.

        Returns:
            (k,) int64 SSD; (k,) int8, the code of the turn. Of several as good it is the one whose
            code is smallest when the later image is turned.
        """
        ssd = np.full(len(a), limit + 1, np.int64)
        turn = np.full(len(a), IDENTITY, np.int8)
        slots = len(TURNS) if 3 * self._px**2 <= _COPIED else 1
        copies = np.empty((slots, 3 * self._px**2), np.uint8)
        room = addresses(list(copies))
        stop = np.zeros(1, np.uint8) if stop is None else stop
        _closest(
            self._addresses, self._counts, self._frames, self._px, a, b, turns, ssd, turn,
            _compared_planes(), _steps(self._px), room, np.full((slots, 2), -1), stop,
        )  # fmt: skip
        return ssd, turn


def plane_pairs(left: int, right: int, *, first_frame: bool) -> tuple[tuple[int, int], ...]:
    """Which planes of two images are compared: every frame on white and on black.

    An opaque image is its own picture on black, so its one plane per frame stands for both.

    Args:
        left: how many planes the one image has (1, 2, 3 or 6).
        right: how many the other has.
        first_frame: a still against an animation: only the first frame counts.
    """
    frames = 1 if first_frame or left in (1, 2) else 3
    clear_left, clear_right = left in (2, 6), right in (2, 6)
    both = range(2 if clear_left or clear_right else 1)
    return tuple(
        (
            frame * (2 if clear_left else 1) + (backdrop if clear_left else 0),
            frame * (2 if clear_right else 1) + (backdrop if clear_right else 0),
        )
        for frame in range(frames)
        for backdrop in both
    )


@cache
def _compared_planes() -> NDArray[np.int8]:
    """`plane_pairs` as a table, (7, 7, 2, 6, 2), by both numbers of planes; -1 ends a list."""
    table = np.full((7, 7, 2, 6, 2), -1, np.int8)
    for left, right, first_frame in itertools.product((1, 2, 3, 6), (1, 2, 3, 6), (False, True)):
        # An animation and a still share the first frame only, whatever they claim: addresses
        # have no bounds that would be checked.
        alike = (left in _ANIMATED) == (right in _ANIMATED)
        pairs = plane_pairs(left, right, first_frame=first_frame or not alike)
        table[left, right, int(first_frame), : len(pairs)] = pairs
    return table


@cache
def _steps(px: int) -> NDArray[np.int64]:
    """Where every turn finds its pixels: that of row y, column x at [0] + y·[1] + x·[2], (8, 3)."""
    places = np.arange(px * px).reshape(px, px, 1)
    turned = [turn_image(places, code)[..., 0] for code in range(len(TURNS))]
    return np.array(
        [(t[0, 0], int(t[1, 0]) - t[0, 0], int(t[0, 1]) - t[0, 0]) for t in turned], np.int64
    )


@register_jitable
def _sum(one: int, other: int, count: int) -> int:
    """The SSD of bytes at two addresses, at most 33,025 in 32 bits with a sign."""
    x, y = bytes_at(one, count), bytes_at(other, count)
    total = np.uint32(0)
    # Casts at every step: numba widens to 64 bits otherwise, at three times the time.
    for place in range(count):
        difference = np.int32(np.int32(x[place]) - np.int32(y[place]))
        total = np.uint32(total + np.uint32(np.int32(difference * difference)))
    return int(total)


@register_jitable
def _turn_rows(  # noqa: PLR0917  numba knows no keywords
    tensor: int, steps: NDArray[np.int64], px: int, top: int, bottom: int, copy: int
) -> None:
    """Fill rows of the tensor at the address `copy` with the turned one at another address."""
    source, target = bytes_at(tensor, 3 * px * px), bytes_at(copy, 3 * px * px)
    step = 3 * steps[2]
    for y in range(top, bottom):
        place = 3 * (steps[0] + y * steps[1])
        row = 3 * px * y
        for x in range(px):
            target[row + 3 * x] = source[place]
            target[row + 3 * x + 1] = source[place + 1]
            target[row + 3 * x + 2] = source[place + 2]
            place += step


@register_jitable
def _ssd(  # noqa: PLR0917  the same
    left: int,
    right: int,
    code: int,
    px: int,
    limit: int,
    steps: NDArray[np.int64],
    room: NDArray[np.int64],
    copies: NDArray[np.int64],
) -> int:
    """The SSD of two tensors, the right one turned; above the limit it may be cut short.

    `room` are the addresses of turned copies of the right one, and `copies` (len(room), 2) which
    turn each of them is and how many rows of it there are; more are made as they are needed.
    """
    slot = code % len(room)
    copy, rows = right, px
    if code != 0:
        copy, rows = room[slot], copies[slot, 1] if copies[slot, 0] == code else 0
    length = 3 * px * px
    total = 0
    for start in range(0, length, _STRIP):
        stop = min(start + _STRIP, length)
        bottom = (stop + 3 * px - 1) // (3 * px)
        if rows < bottom:
            _turn_rows(right, steps[code], px, rows, bottom, copy)
            copies[slot, 0], copies[slot, 1] = code, bottom
            rows = bottom
        total += _sum(left + start, copy + start, stop - start)
        if total > limit:
            break
    return total


@compiled(
    "void(int64[::1], int64[::1], int64[::1], int64, int64[::1], int64[::1], uint8[::1],"
    " int64[::1], int8[::1], int8[:, :, :, :, ::1], int64[:, ::1], int64[::1], int64[:, ::1],"
    " uint8[::1])"
)
def _closest(  # noqa: PLR0917  the same
    addresses: NDArray[np.int64],
    counts: NDArray[np.int64],
    frames: NDArray[np.int64],
    px: int,
    a: NDArray[np.int64],
    b: NDArray[np.int64],
    turns: NDArray[np.uint8],
    ssd: NDArray[np.int64],
    turn: NDArray[np.int8],
    compared: NDArray[np.int8],
    steps: NDArray[np.int64],
    room: NDArray[np.int64],
    copies: NDArray[np.int64],
    stop: NDArray[np.uint8],
) -> None:
    """Lower `ssd`, and set `turn`, where a turn brings two images closer than `ssd` says."""
    length = 3 * px * px
    copied = 0
    for pair in range(len(a)):
        if stop[0]:
            return
        i, j = a[pair], b[pair]
        first_frame = np.int64(frames[i] != frames[j])
        for preference in range(8):
            # Of equally good turns the first one wins: the smallest code of the turn of the later
            # image onto the earlier one, whichever of them is turned here.
            code = int(INVERSE[preference]) if i > j else preference
            if not turns[pair] >> code & 1:
                continue
            worst = 0
            for place in range(compared.shape[3]):
                p = compared[counts[i], counts[j], first_frame, place, 0]
                q = compared[counts[i], counts[j], first_frame, place, 1]
                if p < 0 or worst >= ssd[pair]:
                    break
                left, right = addresses[i] + p * length, addresses[j] + q * length
                if right != copied:
                    copied = right
                    for slot in range(len(room)):
                        copies[slot, 0] = -1
                one = _ssd(left, right, code, px, ssd[pair] - 1, steps, room, copies)
                worst = max(worst, one)
            if worst < ssd[pair]:
                ssd[pair], turn[pair] = worst, code
