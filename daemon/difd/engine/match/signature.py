"""Signatures: a few numbers per image whose distance never exceeds the distance of the tensors.

They rule out nearly all pairs of a search without a look at the tensors, and no match is lost.

What is computed: the tensor's three channels go through an orthonormal colour transform Q, each
result through the orthonormal two-dimensional DCT-II, of which the lowest frequencies are kept:
those of brightness whose row and column frequency add up to less than `SIDE`, and 2 × 2 of either
colour difference. (Definition and orthonormality of the DCT: Ahmed, Natarajan, Rao, "Discrete
Cosine Transform", IEEE Trans. Computers C-23, 1974; the cosine sums vanish pairwise, and the
factors √(1/px) and √(2/px) scale every row to length 1.) One more number is the length of all
that is not kept. On 200,000 crops of photos at threshold 5 these 64 numbers leave a fifth fewer
pairs than 8 × 8 frequencies of every channel, 192 numbers, and a third fewer than 6 × 6.

Proof of the bound. Let x and y be two tensors as vectors of D = 3·px² numbers, P the matrix whose
rows are the kept basis images. Its rows are orthonormal, so ‖x - y‖² = ‖P(x - y)‖² + ‖R(x - y)‖²
with R = 1 - PᵀP, and ‖R(x - y)‖ ≥ |‖Rx‖ - ‖Ry‖|. So the distance of the vectors (Px, ‖Rx‖) and
(Py, ‖Ry‖) is at most ‖x - y‖, whose square is the SSD; and ‖Rx‖² = ‖x‖² - ‖Px‖².

A turn g permutes pixels, so it is an isometry; flipping a row of pixels multiplies the DCT-II
coefficient of frequency v by (-1)^v, and transposing the image transposes the coefficients. So
P(gy) = ĝ(Py) with ĝ a permutation with signs inside each channel: exact in floating point; and
‖Rgy‖ = ‖Ry‖.

Rounding. A computed coefficient is a sum of products taken in two nested sums of px terms, of
exact integers (sums and differences of rows of channels) and the basis, and a factor for the
colour transform, all in float64. By the standard bound (Higham, "Accuracy and Stability of
Numerical Algorithms", 2nd ed., section 3.1) that adds an error of at most w·Σ|p||x| with
w = m·u/(1 - m·u), m = 4·px + 64, u = 2^-53, and Σ|p||x| ≤ 255·√D, as ‖p‖₁ ≤ √D·‖p‖₂. The
basis itself is rounded: a cosine's argument, at most 2π, by 19·u, the value in all by 22·u of
√(2/px); over both directions, all pixels and a row of the colour transform this makes at most
2·22·u·(2/px)·px²·√3·255 < 153·u·255·px, less than the bound before it, which is therefore doubled.
Over all K coefficients the error is at most ε = 2·√K·w·255·√D.

The rest is the root of ‖x‖² - ‖Px‖², the first exact, the second off by at most 2ε‖x‖ + ε² and,
being a sum of K squares, by (K + 2)·u·‖x‖² with the subtraction. As |√a - √b| ≤ √|a - b|, the
root is off by at most δ = √(2ε·255·√D + ε² + (K + 3)·u·255²·D).

Storing in float32 adds at most 2^-24 of each number (of the error so far, too, whose share is
below the slack of m), and the length of all is at most 255·√D. So the error of a signature is at
most `rounding_margin(px)` = ε + δ + 2^-24·255·√D, and two images can be within an SSD of L only
if the distance of their signatures is at most √L + 2·rounding_margin(px).

Orbit norms. A search with turns looks at lengths of the vectors (c[u,v], c[v,u]) per channel
first: every turn maps such a vector onto itself up to order and signs, so the length is the same
for all turns, and by the reverse triangle inequality the distance of two lists of lengths never
exceeds that of the two signatures in any turn.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from functools import cache
from typing import Final

import numpy as np
from numpy.typing import NDArray

from difd.engine.match.arrays import Arrays
from difd.engine.native.chosen import loops
from difd.engine.orientation import turn_image
from difd.engine.threads import Threads

_FACTORS: Final[NDArray[np.float64]] = 1 / np.sqrt([3.0, 2.0, 6.0])
"""Brightness R + G + B and the colour differences R - B, R - 2G + B, as rows of length 1."""

_REST: Final = 3
"""The channel of the length of what is not kept."""

Waves = NDArray[np.float64]
"""Real numbers by frequency, row or column."""


class Transform:
    """The colour transform and the DCT of tensors of one size.

    Args:
        basis: (frequencies, px) float64, the rows of the DCT.
        order: row frequency, column frequency and channel of every number of a signature;
            channel 3 is the length of what the others do not hold.
    """

    def __init__(self, basis: Waves, order: Sequence[tuple[int, int, int]]) -> None:
        self._basis = np.ascontiguousarray(basis)
        lines = sorted({(channel, u) for u, _, channel in order if channel != _REST})
        self._lines = np.array(lines, np.int64)
        places = {line: place for place, line in enumerate(lines)}
        self._order = np.array([(places.get((c, u), 0), v, c) for u, v, c in order], np.int64)

    def apply(
        self,
        tensors: Sequence[NDArray[np.uint8]],
        signatures: NDArray[np.float32],
        sums: NDArray[np.int64],
    ) -> None:
        """Compute the signatures and the sums of the channels of some tensors.

        Args:
            tensors: each (px, px, 3) uint8.
            signatures: (n, LENGTH) float32, written to.
            sums: (n, 3) int64, written to.
        """
        # Copied only if a tensor's rows are not one after another.
        held = [np.ascontiguousarray(tensor) for tensor in tensors]
        loops.transform(held, self._basis, self._lines, self._order, _FACTORS, signatures, sums)
        # Back from the colour transform, in integers.
        brightness, second, third = sums.T.copy()
        sums[:, 1] = (brightness - third) // 3
        sums[:, 0] = (brightness - sums[:, 1] + second) // 2
        sums[:, 2] = sums[:, 0] - second


SIDE: Final = 10
"""Frequencies of brightness per direction; the smallest tensor has no more."""

COLOUR_SIDE: Final = 2
"""Frequencies of a colour difference per direction."""

_BATCH: Final = 32 << 20
"""Values of tensors that go without a look at cancellation, about 40 ms."""

_NORMS: Final = 1 << 10
"""Signatures whose orbit norms are taken at once: as many as stay in the cache of a processor."""

Entry = tuple[int, int, int]
"""Row frequency, column frequency, channel."""

REST: Final[Entry] = (0, 0, 3)
"""Stands for the length of what is not kept, which behaves like a mean in a channel of its own."""


def _order() -> tuple[Entry, ...]:
    """Low frequencies first, so that a partial sum over a signature is a good bound early."""
    brightness = [(u, v, 0) for u in range(SIDE) for v in range(SIDE - u)]
    colours = range(COLOUR_SIDE)
    differences = [(u, v, c) for u in colours for v in colours for c in (1, 2)]
    entries = [*brightness, *differences, REST]
    return tuple(sorted(entries, key=lambda e: (e[0] + e[1], max(e[0], e[1]), e[2], e)))


ORDER: Final = _order()
"""What each number of a signature is."""

LENGTH: Final = len(ORDER)
"""Numbers in a signature: 64, four lines of the processor's cache."""


@cache
def _basis(px: int) -> NDArray[np.float64]:
    """The first `SIDE` rows of the orthonormal DCT-II of length `px`, (SIDE, px)."""
    frequency = np.arange(SIDE)[:, None]
    position = np.arange(px)[None, :]
    # The angle is reduced by whole turns in integers, where that is exact.
    angle = ((2 * position + 1) * frequency) % (4 * px)
    rows: NDArray[np.float64] = np.cos(angle * (math.pi / (2 * px))) * math.sqrt(2 / px)
    rows[0] = math.sqrt(1 / px)
    return rows


def rounding_margin(px: int) -> float:
    """Largest length of the rounding error of one signature (see the proof above)."""
    longest = 255 * math.sqrt(3 * px * px)
    steps = (4 * px + 64) * 2.0**-53
    computed = 2 * math.sqrt(LENGTH) * steps / (1 - steps) * longest
    square = 2 * computed * longest + computed**2 + (LENGTH + 3) * 2.0**-53 * longest**2
    return computed + math.sqrt(square) + 2.0**-24 * longest


def radius(limit: int, px: int) -> float:
    """Largest distance of the signatures of two images whose SSD is at most `limit`."""
    # sqrt is correctly rounded: one more unit in the last place is a bound.
    return math.nextafter(math.sqrt(limit), math.inf) + 2 * rounding_margin(px)


def signatures(
    tensors: Sequence[NDArray[np.uint8]],
    px: int,
    on_batch: Callable[[int], None] = lambda _done: None,
    threads: int = 1,
) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
    """The signatures of many tensors, and their exact channel sums.

    Args:
        tensors: each (px, px, 3) uint8.
        px: their edge.
        on_batch: called with the number done after every batch; may raise to stop.
        threads: how many of them compute.

    Returns:
        (n, LENGTH) float32 in `ORDER`; (n, 3) int64: the sums over the pixels, which are the
        same for every turn.
    """
    count = len(tensors)
    result = np.empty((count, LENGTH), np.float32)
    sums = np.empty((count, 3), np.int64)
    transform = Transform(_basis(px), ORDER)
    arrays = Arrays(tensors)
    batch = max(1, _BATCH // (3 * px * px))

    def compute(start: int) -> int:
        part = slice(start, min(start + batch, count))
        transform.apply(arrays.take(range(count)[part]), result[part], sums[part])
        return part.stop

    with Threads(threads, lambda: None) as workers:
        for done in workers.in_order(compute, range(0, count, batch)):
            on_batch(done)
    return result, sums


@cache
def turned_order(code: int) -> tuple[NDArray[np.intp], NDArray[np.float32]]:
    """How a turn acts on signatures: `signature[:, order] * signs` is that of the turned image.

    Found by turning a table of the entries the way an image is turned: transposition moves
    entries, and a flip in a direction changes the sign of its odd frequencies.
    """
    index = {entry: number for number, entry in enumerate(ORDER)}
    order = np.empty(LENGTH, np.intp)
    signs = np.empty(LENGTH, np.float32)
    transposed, flip_rows, flip_columns = _as_flips(code)
    for number, (u, v, channel) in enumerate(ORDER):
        order[number] = index[(v, u, channel) if transposed else (u, v, channel)]
        signs[number] = (-1) ** (u * flip_rows + v * flip_columns)
    return order, signs


def _as_flips(code: int) -> tuple[bool, bool, bool]:
    """A turn as: transpose first?, then flip the rows' order?, the columns' order?"""
    probe = np.array([[0, 1], [2, 3]])
    turned = turn_image(probe[..., None], code)[..., 0]
    for transposed in (False, True):
        for flip_rows in (False, True):
            for flip_columns in (False, True):
                image = probe.T if transposed else probe
                image = image[::-1] if flip_rows else image
                image = image[:, ::-1] if flip_columns else image
                if np.array_equal(image, turned):
                    return transposed, flip_rows, flip_columns
    raise AssertionError(code)


def orbit_norms(signature: NDArray[np.float32]) -> NDArray[np.float32]:
    """The numbers that all turns of an image share, (n, 3·SIDE·(SIDE+1)/2) float32.

    They are rounded to float32; `norms_slack` covers that.
    """
    index = {entry: number for number, entry in enumerate(ORDER)}
    columns = [entry for entry in ORDER if entry[0] <= entry[1]]
    first = np.array([index[u, v, c] for u, v, c in columns])
    second = np.array([index[v, u, c] for u, v, c in columns])
    alone = np.array([u == v for u, v, _ in columns])
    norms = np.empty((len(signature), len(columns)), np.float32)
    for start in range(0, len(signature), _NORMS):
        # Squares of float32 are exact in float64, and their sums far from overflow.
        squares = np.square(signature[start : start + _NORMS], dtype=np.float64)
        both = squares[:, second]
        both[:, alone] = 0
        both += squares[:, first]
        norms[start : start + _NORMS] = np.sqrt(both, out=both)
    return norms


def norms_slack(px: int) -> float:
    """What rounding two lists of orbit norms to float32 can add to their distance.

    Each norm is off by at most 2^-23 of itself, and ‖norms‖ = ‖signature‖ ≤ 255·√D (1 + 2^-20).
    """
    return 2 * 2.0**-23 * 255 * math.sqrt(3 * px * px) * (1 + 2.0**-20)


def signatures_of(
    everything: NDArray[np.float32], images: NDArray[np.int64]
) -> NDArray[np.float32]:
    """The signatures of some images, which are in order; not copied if they are all."""
    return everything if len(images) == len(everything) else everything[images]
