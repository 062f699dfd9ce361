"""The compiled loops (`calls.h`), and the contract of whatever stands in for them (`twin`).

Arrays are in one piece and aligned, unless said otherwise. Of the wrong type: TypeError or
BufferError; of the wrong shape, or with an index that leads nowhere: ValueError. Nothing beyond an
array is ever read or written. The interpreter is let go while a loop runs; who changes an array
meanwhile gets wrong values, and nothing worse.
"""

from typing import Final

import numpy as np
from numpy.typing import NDArray

VERSION: Final[str]
"""Of the difd that it was compiled for."""

SOURCES: Final[str]
"""A checksum of what it was compiled from."""

def narrow_colours(
    pixels: NDArray[np.uint32],
    first: NDArray[np.int64],
    high: NDArray[np.int16],
    low: NDArray[np.int16],
    out: NDArray[np.uint8],
    /,
) -> None:
    """Resize rows of RGB to another width, as Pillow does.

    Args:
        pixels: (rows, width), four bytes each, the first channel lowest; the fourth does not count.
        first: (px,), where the values that make each value of the result begin, 0 to width.
        high: (px, longest), a weight in Pillow's fixed point (2^-22) shifted right by 11 bits.
        low: (px, longest), the lowest 11 bits of the weight.
        out: (rows, px, 3), written to.
    """

def narrow_grey(
    pixels: NDArray[np.uint8],
    first: NDArray[np.int64],
    high: NDArray[np.int16],
    low: NDArray[np.int16],
    out: NDArray[np.uint8],
    /,
) -> None:
    """Resize rows of grey, (rows, width), to (rows, px); see `narrow_colours`."""

def shorten(
    strip: NDArray[np.uint8],
    first: NDArray[np.int64],
    high: NDArray[np.int16],
    low: NDArray[np.int16],
    out: NDArray[np.uint8],
    /,
) -> None:
    """Resize columns to another height: the second pass of Pillow's resize.

    Args:
        strip: (rows, width), a value each; the channels of a pixel stand side by side.
        first: (px,), see `narrow_colours`, 0 to rows; high and low likewise.
        high: see `first`.
        low: see `first`.
        out: (px, width), written to.
    """

def halve(pixels: NDArray[np.uint32], out: NDArray[np.uint32], /) -> None:
    """Make a picture of half the edges, as Pillow's `reduce(2)`.

    Args:
        pixels: (2 · height, 2 · width), four bytes each.
        out: (height, width), written to: the rounded means of four pixels.
    """

def columns_of_colours(
    pixels: NDArray[np.uint32], across: int, down: int, out: NDArray[np.uint8], /
) -> None:
    """Make grey of a picture, and means of blocks, as Pillow's `convert("L")` and `reduce`.

    Args:
        pixels: (height, width), four bytes each, the first channel lowest; the fourth does not
            count.
        across: values of a block in a row, 1 to 1024; the last block may be smaller.
        down: the same in a column.
        out: (blocks across, blocks down), written to: columns have become rows.
    """

def columns_of_grey(
    pixels: NDArray[np.uint8], across: int, down: int, out: NDArray[np.uint8], /
) -> None:
    """Make means of blocks of a grey picture; see `columns_of_colours`."""

def turn_over(values: NDArray[np.uint8], out: NDArray[np.uint8], /) -> None:
    """Make columns of rows: out is (width, rows), values is (rows, width)."""

def split_and_add(
    pixels: NDArray[np.uint32], planar: NDArray[np.uint8], totals: NDArray[np.int64], /
) -> None:
    """Sort pixels by channel, and add up the channels and the products of each two.

    Args:
        pixels: (rows, width), four bytes each.
        planar: (rows, channels, width), written to; 3 or 4 channels.
        totals: (channels + channels · (channels + 1) / 2,), added to.
    """

def add_channels(pixels: NDArray[np.uint32], totals: NDArray[np.int64], /) -> None:
    """Add up the first three channels of pixels, (rows, width); (3,) totals are added to."""

def add_grey(pixels: NDArray[np.uint8], totals: NDArray[np.int64], /) -> None:
    """Add up values, (rows, width), and their squares; (2,) totals are added to."""

def transform(
    tensors: list[NDArray[np.uint8]],
    basis: NDArray[np.float64],
    lines: NDArray[np.int64],
    order: NDArray[np.int64],
    factors: NDArray[np.float64],
    signatures: NDArray[np.float32],
    sums: NDArray[np.int64],
    /,
) -> None:
    """Compute signatures of tensors, and sums of their transformed channels.

    Args:
        tensors: each (px, px, 3).
        basis: (frequencies, px), the rows of the DCT.
        lines: (lines, 2), channel and row frequency of what the numbers are made from.
        order: (LENGTH, 3), line, column frequency and channel of every number; channel 3 is the
            length of what the others do not hold.
        factors: (3,), by which the rows of the colour transform have length 1.
        signatures: (n, LENGTH), written to.
        sums: (n, 3) of R + G + B, R - B and R - 2 G + B, written to; exact.
    """

def near_pairs(
    coordinates: NDArray[np.float32],
    signatures: NDArray[np.float32],
    places: tuple[int, int, int, int, int],
    reaches: tuple[float, float, float],
    codes: NDArray[np.uint8],
    order: NDArray[np.int64],
    signs: NDArray[np.float32],
    rows: NDArray[np.int32],
    columns: NDArray[np.int32],
    near: NDArray[np.uint8],
    /,
) -> int:
    """Find the pairs of a tile that are near in any turn; their number, sorted by column.

    Args:
        coordinates: (d, n), the first one that by which core and halo are sorted.
        signatures: (n, LENGTH).
        places: images of the core, first row, the row after the last one, first column, the column
            after the last one. A column of the core is compared with rows before it only.
        reaches: largest distance of the first coordinate; of all coordinates, squared; of the
            signatures, squared.
        codes: (t,), turns, at most 8.
        order: (t, LENGTH), which number of a signature comes to each place.
        signs: (t, LENGTH), what it is multiplied by.
        rows: (rows · columns,), written to; columns likewise.
        columns: see `rows`.
        near: (rows · columns,), written to: a bit for every turn of the column.
    """

def turns_of_pairs(
    signatures: NDArray[np.float32],
    rows: NDArray[np.int64],
    columns: NDArray[np.int64],
    radius_squared: float,
    codes: NDArray[np.uint8],
    order: NDArray[np.int64],
    signs: NDArray[np.float32],
    near: NDArray[np.uint8],
    /,
) -> None:
    """In which turns of the column pairs are near, (k,) bits, written to; see `near_pairs`."""

def closest(
    planes: list[NDArray[np.uint8]],
    frames: NDArray[np.int64],
    px: int,
    a: NDArray[np.int64],
    b: NDArray[np.int64],
    turns: NDArray[np.uint8],
    ssd: NDArray[np.int64],
    turn: NDArray[np.int8],
    compared: NDArray[np.int8],
    steps: NDArray[np.int64],
    inverse: NDArray[np.int8],
    stop: NDArray[np.uint8],
    slots: int,
    /,
) -> None:
    """Lower `ssd`, and set `turn`, where a turn brings two images closer than `ssd` says.

    Args:
        planes: of every image (k, px, px, 3), at most 6.
        frames: (n,), how many frames every image has.
        px: edge of the tensors.
        a: (k,), one image of each pair.
        b: (k,), the other one, which is turned.
        turns: (k,), a bit for every turn that is tried.
        ssd: (k,), updated; 0 or less stays.
        turn: (k,), updated.
        compared: (7, 7, 2, 6, 2), by both numbers of planes and whether only first frames count:
            the planes that are compared; -1 ends a list.
        steps: (8, 3), where every turn finds its pixels: row y, column x at [0] + y·[1] + x·[2].
        inverse: (8,), the code that undoes each.
        stop: (1,); once it is not 0, the rest is left as it is.
        slots: how many turned copies of a tensor are kept at once, 1 to 8.
    """

def split_colours(
    pixels: NDArray[np.uint32],
    luma: NDArray[np.uint8],
    blue: NDArray[np.uint8],
    red: NDArray[np.uint8],
    /,
) -> None:
    """RGB as brightness and two colour differences of half its size, as JPEG (BT.601).

    Args:
        pixels: (height, width), four bytes each, the first three red, green, blue; any strides.
        luma: (height, width), written to.
        blue: (ceil(height / 2), ceil(width / 2)), written to; red likewise.
        red: see `blue`.
    """

def add_moments(
    one: NDArray[np.uint8], other: NDArray[np.uint8], moments: NDArray[np.float64], /
) -> None:
    """Add up what the least-squares fit of `other - one` by the terms of their mean needs.

    Args:
        one: (height, width), both at least 3.
        other: of the same shape.
        moments: (5, 6), products of the terms, and of each with the difference; the upper triangle
            is added to.
    """

def measure_blocks(
    one: NDArray[np.uint8],
    other: NDArray[np.uint8],
    shared: NDArray[np.float32],
    basis: NDArray[np.float32],
    weight: NDArray[np.float32],
    out: NDArray[np.float32],
    /,
) -> None:
    """What every block of two planes differs by, without what all of them share.

    Args:
        one: (height, width), both at least 8.
        other: of the same shape.
        shared: (5,), how much of each term `other - one` has.
        basis: (8, 8), the orthonormal DCT: rows are frequencies.
        weight: (8, 8), what the square of each coefficient counts; a block's mean is no texture.
        out: (blocks down, blocks across, 4), written to: the weighted energy of the difference, the
            weighted texture of each plane, and that of their product. The last row and column of
            blocks end with the plane, and overlap their neighbours.
    """

def blur(level: NDArray[np.int16], weights: NDArray[np.int16], out: NDArray[np.int16], /) -> None:
    """Blur a picture by a symmetric kernel, downwards and across; its rim goes on beyond it.

    Args:
        level: (height, width), 0 to 16320.
        weights: (radius + 1), of 1 to 64, in 2^-16, from the middle outwards; together, each but
            the first twice, 1.
        out: (height, width), written to.
    """

def extrema(levels: NDArray[np.int16], lowest: int, out: NDArray[np.float32], /) -> int:
    """The places of an octave whose differences are further from 0 than all around them.

    Args:
        levels: (6, height, width), each more blurred than the one before.
        lowest: differences that are not further from 0 do not count, 0 to 32766.
        out: (most, 4), written to: column, row, level (of the difference, with fractions), and how
            far from 0.

    Returns:
        How many were found, in the order of rows, levels, columns; those without room are left out.
    """

def spread_of_directions(
    level: NDArray[np.int16],
    points: NDArray[np.float32],
    window: NDArray[np.float32],
    directions: NDArray[np.float32],
    out: NDArray[np.float32],
    /,
) -> None:
    """How the gradients around places are spread over 32 directions.

    Args:
        level: (height, width).
        points: (n, 5): column, row, distance of samples, cosine and sine of the turn.
        window: (13, 13), weights of the samples.
        directions: (2, 16), cosines and sines of the first half of the directions.
        out: (n, 32), written to.
    """

def describe(
    level: NDArray[np.int16],
    points: NDArray[np.float32],
    weights: NDArray[np.float32],
    out: NDArray[np.float32],
    /,
) -> None:
    """Descriptors of places: gradients in cells, by direction.

    Args:
        level: (height, width).
        points: see `spread_of_directions`.
        weights: (4, 20), what a sample of a row (or column) counts for each cell.
        out: (n, 4, 4, 8), written to: cells down, across, directions.
    """

def enter_codes(
    codes: NDArray[np.uint64],
    numbers: NDArray[np.int64],
    flips: NDArray[np.uint64],
    bits: NDArray[np.int64],
    wanted: NDArray[np.uint8],
    out: NDArray[np.uint64],
    /,
) -> int:
    """Some bits of codes as keys of a table, and whose they are.

    Args:
        codes: (n,).
        numbers: (m,), of the codes that are entered; n is less than 2^(62 - length).
        flips: (kinds,), 1 to 4: bits that are turned round; a code is entered with each.
        bits: (length,), 0 to 63, the first as the key's highest; length is 1 to 62.
        wanted: (2^k,), k up to length: 0 for keys that are left out, by how they begin.
        out: (m * kinds,), written to: keys in the highest bits, number times 4, number of the flip.

    Returns:
        How many entries there are, in the order of the numbers.
    """

def cast_votes(
    codes: NDArray[np.uint64],
    pictures: NDArray[np.int32],
    turns: NDArray[np.uint8],
    zooms: NDArray[np.uint8],
    masks: NDArray[np.uint64],
    flips: NDArray[np.uint64],
    entries: NDArray[np.uint64],
    limit: int,
    length: int,
    least: int,
    crowd: int,
    votes: NDArray[np.uint64],
    /,
) -> int:
    """Which pictures have features that look alike, and how one would lie in the other.

    Entries that share the `least` leading bits are compared with each other; if they are more than
    `crowd`, those that share a bit more, and so on. Where no bit is left, each is compared with the
    `crowd` that follow. Pairs that share all bits of one of `masks` were found before.

    Args:
        codes: (n,), see `difd.engine.features.codes`.
        pictures: (n,), below 2^24.
        turns: (n,), angles in 256ths of a turn.
        zooms: (n,), scales in eighths of an octave, at most 127.
        masks: (earlier,), bits by which earlier calls grouped.
        flips: (ways,), 1 to 4: bits that turn round in a picture that is as it is, mirrored,
            inverted, both.
        entries: (m,), rising: keys of `length` bits above the index of a code times 4, and the
            number of the flip with which its key was made.
        limit: bits in which codes may differ.
        length: 1 to 62.
        least: 1 to `length`.
        crowd: 1 or more.
        votes: written to: from bit 40 the first picture, from 16 the second, from 14 the way, from
            8 the zoom in octaves and 16, below the turn in eighths.

    Returns:
        How many votes there are, though there may be room for fewer.
    """

def count_repeats(codes: NDArray[np.uint64], limit: int, counts: NDArray[np.int32], /) -> None:
    """How many other codes of a picture are like each of them.

    Args:
        codes: (n,), at most 4096.
        limit: bits in which codes that are alike differ, at most.
        counts: (n,), written to.
    """

def lies_of(
    codes: NDArray[np.uint64],
    places: NDArray[np.float32],
    starts: NDArray[np.int64],
    pairs: NDArray[np.int64],
    limit: int,
    maps: NDArray[np.float64],
    agree: NDArray[np.int32],
    /,
) -> None:
    """The maps of pictures into others on which most features agree.

    Args:
        codes: (n,), of all pictures.
        places: (n, 5): column, row and scale in longer edges of the picture, cosine and sine.
        starts: (pictures + 1,), rising: where the features of each begin; at most 4096 of each.
        pairs: (m, 2), the pictures.
        limit: bits in which codes may differ, 0 to 64.
        maps: (m, 6), written to where some agree: x' = m[0] x + m[1] y + m[2], and so on.
        agree: (m,), written to: how many features agree.
    """

def window_means(plane: NDArray[np.float32], radius: int, out: NDArray[np.float32], /) -> None:
    """The mean over a square window around each pixel; beyond the border stands what is on it.

    Args:
        plane: (height, width), of finite values.
        radius: the window is twice as wide and one pixel more, 0 to 1024.
        out: (height, width), written to.
    """

def window_likeness(
    one: NDArray[np.float32],
    other: NDArray[np.float32],
    radius: int,
    out: NDArray[np.float32],
    /,
) -> None:
    """How alike two planes are in the window around each pixel, but for brightness and contrast.

    Args:
        one: (height, width), of finite values.
        other: likewise.
        radius: see `window_means`.
        out: (6, height, width), written to: correlation, where a variance of 3 counts as nothing;
            the larger variance; the means of both; the standard deviations of both.
    """

def warp(
    part: NDArray[np.float32],
    matrix: NDArray[np.float64],
    bounds: NDArray[np.float64],
    out: NDArray[np.float32],
    seen: NDArray[np.uint8],
    /,
) -> None:
    """A picture as it lies in a grid; between its pixels it changes evenly.

    Args:
        part: (height, width), the picture; pixel (0, 0) reaches from 0 to 1 both ways.
        matrix: (3, 3), a projective map of points of the grid to points of the picture.
        bounds: (4,), left, top, right and bottom of what may be seen of it.
        out: (rows, columns), written to; 0 where nothing is seen.
        seen: (rows, columns), written to: 1 where something is, else 0.
    """

def add_slopes(
    theirs: NDArray[np.float32],
    rest: NDArray[np.float32],
    say: NDArray[np.float32],
    unit: NDArray[np.float64],
    out: NDArray[np.float64],
    /,
) -> None:
    """The equations of which small change of a map makes one plane the other, by least squares.

    Args:
        theirs: (height, width), the plane that is moved.
        rest: (height, width), the other one less this one.
        say: (height, width), how much each pixel counts.
        unit: (3,), of a square: half of its edge in pixels, and column and row of its middle.
        out: (8, 9), added to, above the diagonal: products of what 8 numbers of a map change, in
            the square from -1 to 1, and of that with `rest`.
    """
