"""What two aligned pictures tell about each other: where they agree, what lies over one of them.

Windows in which both show the same, but for brightness and contrast, agree. Where they do not, the
pixels that changed are looked at: a caption, a sticker or a watermark has edges of its own in one
of the two, in all of its parts in the same one. What moved between two photos has some in both.
"""

from __future__ import annotations

from typing import Final

import msgspec
import numpy as np

from difd.engine.edited.agreement import Agreement, share, within
from difd.engine.edited.alignment import WINDOW
from difd.engine.edited.patches import Patches
from difd.engine.edited.tones import changes_of
from difd.engine.edited.windows import Mask, Plane, grown, likeness, mean, shrunk, spread

_SMOOTH: Final = 3

_FLAT: Final = 6.0
"""Spread over nine pixels of what is of one colour."""

_EVEN: Final = 1.0
"""The same of what is of one tone: hardly any of what a camera takes, which adds noise."""

_THIN: Final = 2
"""Half of the width of a line, in pixels."""

_REGION: Final = 25
_APART: Final = 12
_STILL: Final = 0.9
_STEADY: Final = 0.02
"""Regions of which it is asked how far off they are: their edge, how far apart they are, which
share of them is nearer than what is told, and what keeps a region without texture where it is."""

_COVERED: Final = 0.01
_COVERED_LEAN: Final = 0.12
_CLEAR_LEAN: Final = 0.25
_BAND: Final = 0.03
_LINES: Final = 0.2
_UNLIKE: Final = 0.03
_PLAINER: Final = 0.2
"""Where something lies over one of two: share of the pixels that changed, and how much steeper
their rims are there, without doubt or not; or, of a band along the border, whose rim is only seen
on one side, of which no more than this is lines, how much more of it is of one colour."""


class Evidence(msgspec.Struct, frozen=True):
    """What two aligned pictures tell. Shares are 0 to 1.

    Attributes:
        windows: how many have texture, about.
        textured: share of all windows.
        agreeing: share of the textured ones that agree.
        covered: share of all windows that have texture and agree.
        closeness: median correlation of agreeing windows, those of strong texture if there are.
        blurred: how often the sharper one had to be smoothed to be as blurred as the other.
        softer: 1 if that other one is the second picture, -1 if it is the first, 0 if neither.
        changed: share of pixels that are not what their tone has become elsewhere.
        noise: median difference of all other pixels, in grey levels.
        over_one, over_other: share of the changed pixels that lie in patches with edges of their
            own in the one, or in the other picture.
        lean: how much steeper the rims are in the other one, -1 to 1.
        flat_one, flat_other: share of the changed pixels that are of one colour there.
        even_one, even_other: share of all pixels that are of one tone there.
        thin: share of the changed pixels that are in lines, not in areas.
        unlike: share of the changed pixels that are in windows that do not agree.
        drift: how far off places are that agree, in pixels of the grid: nine of ten are nearer.
        places: boxes around the patches, left, top, right and bottom, as shares of the grid.
        strips: how much of the grid at its left, top, right and bottom shows nothing alike, as
            where a part of one was pasted into the other. All of the above is of the rest.
        foreign: share of the pixels in the strips that are not what is in the other one there.
        grid: left, top, right and bottom of the grid, in longer edges of the one picture.
        brighter: by how many grey levels the other one is where they agree, on average.
        contrast: of the other one there, as a multiple.
    """

    windows: float
    textured: float
    agreeing: float
    covered: float
    closeness: float
    blurred: int
    softer: int
    changed: float
    noise: float
    over_one: float
    over_other: float
    lean: float
    flat_one: float
    flat_other: float
    even_one: float
    even_other: float
    thin: float
    unlike: float
    drift: float
    places: tuple[tuple[float, float, float, float], ...]
    strips: tuple[float, float, float, float]
    foreign: float
    grid: tuple[float, float, float, float]
    brighter: float
    contrast: float

    @property
    def only_tones(self) -> bool:
        """Whether what changed is no other thing, but the same one in other tones, or blurred."""
        return self.unlike < _UNLIKE

    @property
    def covered_side(self) -> int:
        """Over which picture something lies: 1 for the other, -1 for the one, 0 for neither."""
        if self.changed < _COVERED or self.only_tones:
            return 0
        plainer = self.flat_other - self.flat_one
        is_band = self.changed >= _BAND and self.thin <= _LINES
        if abs(self.lean) < _CLEAR_LEAN and abs(plainer) >= _PLAINER and is_band:
            return 1 if plainer > 0 else -1
        if abs(self.lean) < _COVERED_LEAN:
            return 0
        return 1 if self.lean > 0 else -1


def evidence_of(agreement: Agreement) -> Evidence | None:
    """What two pictures tell; None if there is nothing to be compared."""
    one, other = agreement.one, agreement.other
    kept = within(agreement.strips, agreement.seen.shape)
    everywhere = agreement.pictures.seen
    changes = changes_of(one, other, everywhere, agreement.differ | ~kept)
    if changes is None:
        return None
    expected, actual, changed = changes.one, changes.other, changes.changed & kept
    patches = Patches.of(changed, expected, actual)
    # What lies over one of them is no brightness of the rest.
    agree = agreement.agree
    known = agree if np.count_nonzero(agree) else agreement.seen
    before, after = (np.quantile(plane[known], (0.1, 0.9)) for plane in (one, other))
    return Evidence(
        windows=agreement.windows,
        textured=share(agreement.textured, agreement.inside),
        agreeing=agreement.agreeing,
        covered=agreement.covered,
        closeness=agreement.closeness,
        blurred=agreement.blurred,
        softer=agreement.softer,
        changed=share(changed, agreement.seen),
        noise=changes.noise,
        over_one=patches.over_one,
        over_other=patches.over_other,
        lean=patches.lean,
        flat_one=share(changed & (spread(expected) < _FLAT), changed),
        flat_other=share(changed & (spread(actual) < _FLAT), changed),
        even_one=share(agreement.seen & (spread(agreement.pictures.one) < _EVEN), agreement.seen),
        even_other=share(
            agreement.seen & (spread(agreement.pictures.other) < _EVEN), agreement.seen
        ),
        thin=share(changed & ~grown(shrunk(changed, _THIN), _THIN), changed),
        unlike=share(changed & agreement.differ, changed),
        drift=_drift(one, other, agree),
        places=patches.places,
        strips=agreement.strips,
        foreign=share(changes.changed & ~kept, everywhere & ~kept),
        grid=agreement.pictures.box,
        brighter=float(np.mean(after - before)),
        contrast=float((after[1] - after[0] + 1) / (before[1] - before[0] + 1)),
    )


def _drift(one: Plane, other: Plane, agree: Mask) -> float:
    """How far off the places are that agree; see `Evidence`."""
    smooth = mean(one, _SMOOTH), mean(other, _SMOOTH)
    alike = likeness(*smooth, WINDOW)
    ours, theirs = (
        (plane - of) / (by + 2)
        for plane, of, by in zip(smooth, alike.means, alike.deviations, strict=True)
    )
    down, across = np.gradient(theirs)
    rest = ours - theirs
    at = np.s_[_REGION // 2 :: _APART, _REGION // 2 :: _APART]
    xx, xy, yy, x, y, weight = (
        mean(plane * agree, _REGION)[at]
        for plane in (
            *(across * across, across * down, down * down, across * rest, down * rest),
            np.ones_like(rest),
        )
    )
    told = weight > 0.5  # noqa: PLR2004  most of the region agrees
    if not told.any():
        return 0.0
    xx, yy = xx + _STEADY, yy + _STEADY
    area = xx * yy - xy * xy
    off = np.hypot((yy * x - xy * y) / area, (xx * y - xy * x) / area)
    return float(np.quantile(off[told], _STILL))
