"""Whether two pages say other things: letters of one template, receipts of one shop, a terminal.

They agree nearly everywhere, and what differs is as thin as a caption. But what is written over a
page adds strokes, what hides a part of it takes some away. Where each page has strokes on bare
paper that the other one lacks, somebody wrote something else. Letters are too small for the grid in
which windows are compared, so this is asked in a finer one, and of pages only: on their paper, and
in bars of another tone, as titles have.
"""

from __future__ import annotations

from typing import Final, NamedTuple

import numpy as np

from difd.engine.edited.agreement import Agreement, equally_sharp
from difd.engine.edited.alignment import WINDOW, Aligned
from difd.engine.edited.windows import Mask, Plane, grown, mean, shrunk

FINE_GRID: Final = 1536
FINEST: Final = (512, 1024)
"""Longer edges of the grid in which pages are compared, so that letters of ten points are about ten
pixels high, and of those in which the map is made as exact."""

_LEVELS: Final = 256
_PAPER: Final = 24
_BARE: Final = 12
"""Grey levels by which paper may be off its tone, and by which bare paper is."""

_MOSTLY: Final = 0.7
"""Share of a page that is paper, at least: of letters it is 0.85 and more, of drawings half."""

_FULL: Final = 0.75
_LEAST: Final = 100
"""Quantile of the ink that agrees which counts as full ink; of no fewer pixels."""

_STROKE: Final = 5
"""Half of the width of the widest stroke, in pixels; what is wider is an area, as in a drawing that
letters were laid over."""

_AREA: Final = 5 * WINDOW
_HEADED: Final = 0.5
_EVEN: Final = 0.6
_LARGE: Final = 0.01
"""Edge of a window, and the share of it that is off the paper, in an area that is a ground of its
own, as the bar with the title has; and how much of such areas is of one tone, and of a page in
them, at least."""

_WRITTEN: Final = 0.1
_ROOM: Final = 0.2
"""Ink in a window that says something, and the share of bare paper that each page has there: a
sticker has its own ground."""

_CHANGED: Final = 0.2
_AROUND: Final = 5 * WINDOW
_MUTUAL: Final = 0.4
"""Of what changed within so large a window, the share that is in both pages, at least: of a caption
over a page most is letters of its own, however much it hides. Less of the ink is noise."""

_OTHERWISE: Final = 0.3
_USUAL: Final = 4.0
_PLACES: Final = WINDOW * WINDOW // 3
"""Share of the ink in a window that only the one page has, and that only the other one has, both at
least so much, and so many times what is usual; and how many windows, one around each pixel. Copies
scanned anew, stamped, blurred or saved in low quality have none, two other digits have 120."""


class _Page(NamedTuple):
    """How far pixels are off the paper, and the share of those that are not."""

    off: Plane
    paper: float

    @classmethod
    def of(cls, plane: Plane, seen: Mask) -> _Page:
        levels = np.arange(_LEVELS)
        tones = np.rint(plane[seen]).clip(0, _LEVELS - 1).astype(np.uint8)
        counts = np.bincount(tones, minlength=_LEVELS)
        near = np.convolve(counts, np.ones(2 * _PAPER + 1), "same")
        middle = int(near.argmax())
        held = counts * (np.abs(levels - middle) <= _PAPER)
        tone = float(np.dot(levels, held) / held.sum())
        return cls(np.abs(plane - np.float32(tone)), float(near[middle] / counts.sum()))

    def strokes(self) -> Mask:
        """All but areas of ink."""
        return ~grown(shrunk(self.off > _PAPER, _STROKE), _STROKE + 1)


def are_pages(agreement: Agreement) -> bool:
    """Whether most of both pictures is paper: of one tone, bright or dark."""
    seen = agreement.seen
    both = (agreement.one, agreement.other)
    return all(_Page.of(plane, seen).paper >= _MOSTLY for plane in both)


def say_otherwise(pictures: Aligned, kept: Mask) -> bool:
    """Whether two pages say other things somewhere.

    Args:
        pictures: aligned in a grid of `FINE_GRID`. They are compared as sharp as they are, and both
            as sharp as the softer one: small letters that were blurred look like others.
        kept: of the grid, where they are compared.
    """
    agreement = Agreement.of(pictures)
    if agreement is None:
        return False
    seen = agreement.seen & kept
    if not seen.any():
        return False
    ink = [_Page.of(plane, seen).off > _PAPER for plane in (pictures.one, pictures.other)]
    same = agreement.agree & kept & (ink[0] | ink[1])
    if np.count_nonzero(same) < _LEAST:
        return False
    # How sharp a page is, only its ink tells: there is far more paper.
    one, other, blurred, _ = equally_sharp(pictures.one, pictures.other, same)
    said = np.zeros_like(seen)
    for ground, written in _grounds(pictures, ink, seen, same):
        if np.count_nonzero(written) < _LEAST:
            continue
        there = _otherwise(pictures.one, pictures.other, written, ground) & agreement.inside
        if blurred and there.any():
            there &= _otherwise(one, other, written, ground)
        said |= there
    return int(np.count_nonzero(said)) >= _PLACES


def _grounds(pictures: Aligned, ink: list[Mask], seen: Mask, same: Mask) -> list[tuple[Mask, Mask]]:
    """Where something may be written, and ink there: on the paper, and in areas of another tone."""
    paper = (seen, same)
    areas = seen & (np.minimum(*(mean(one, _AREA) for one in ink)) > _HEADED)
    if np.count_nonzero(areas) < _LARGE * np.count_nonzero(seen):
        return [paper]
    both = [_Page.of(plane, areas) for plane in (pictures.one, pictures.other)]
    if min(page.paper for page in both) < _EVEN:
        return [paper]
    # Of a title nothing may agree: what is written in either is full ink.
    return [paper, (areas, areas & ((both[0].off > _PAPER) | (both[1].off > _PAPER)))]


def _otherwise(plane: Plane, goal: Plane, same: Mask, seen: Mask) -> Mask:
    """Around which pixels two pages say other things.

    Args:
        plane: (height, width), of the one page.
        goal: of the other one.
        same: ink by which it is known what full ink is: that agrees, if there is some.
        seen: where they are compared.
    """
    one, other = _Page.of(plane, seen), _Page.of(goal, seen)
    # Of both pages at the same places: a black bar over one of them makes no other ink paler.
    ours, theirs = (
        np.minimum(page.off / np.float32(np.quantile(page.off[same], _FULL) + 1), 1)
        for page in (one, other)
    )
    gone, new = np.maximum(ours - theirs, 0), np.maximum(theirs - ours, 0)
    both = np.minimum(mean(gone * one.strokes(), WINDOW), mean(new * other.strokes(), WINDOW))
    ink = np.maximum(mean(ours, WINDOW), mean(theirs, WINDOW))
    written = seen & (ink > _WRITTEN)
    share = both / np.maximum(ink, _WRITTEN)
    most = max(_OTHERWISE, _USUAL * float(np.median(share[written]))) if written.any() else 1.0
    room = np.minimum(*(mean(page.off < _BARE, WINDOW) for page in (one, other)))
    changed = np.maximum(mean(gone, WINDOW), mean(new, WINDOW))
    changed[changed < _CHANGED * ink] = 0
    mutual = mean(both, _AROUND) > _MUTUAL * mean(changed, _AROUND)
    return written & (share > most) & (room > _ROOM) & mutual
