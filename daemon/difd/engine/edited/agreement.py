"""Where two aligned pictures show the same: in which windows, and how well.

Windows in which both show the same, but for brightness and contrast, agree. This is known soon, and
mostly enough to tell that two pictures are different.
"""

from __future__ import annotations

from typing import Final, NamedTuple

import numpy as np

from difd.engine.edited.alignment import WINDOW, Aligned
from difd.engine.edited.windows import Likeness, Mask, Plane, likeness, mean

_EDGE: Final = WINDOW + 2
_SMOOTH: Final = 3

_WHOLE: Final = 0.97
"""Of a window, that lies in both pictures."""

_TEXTURED: Final = 25.0
_STRONG: Final = 150.0
"""Variances of windows that say something, and of those that noise hardly changes."""

_ALIKE: Final = 0.7
_UNLIKE: Final = 0.5
"""Correlations from which windows agree, and up to which they do not."""

_SPACING: Final = (WINDOW // 2 + 1) ** 2
"""Pixels for which one window counts: they overlap."""

_FOREIGN: Final = 0.15
_DEEPEST: Final = 0.4
_NARROWEST: Final = 0.05
"""Strips are those in which no more windows agree, as a share of those that agree or differ; so
much of the grid at most, and at least."""

_SHARPER: Final = 1.6
_BLURS: Final = 10
_ROUND: Final = 9
_FAINT: Final = 1.2e-4
"""The sharper one is smoothed as long as it is so many times as sharp as the other, at most so
often. Sharp is what differs from its surroundings within so many pixels, as a share of how far the
whole picture does; shares as small as the last number say nothing."""

Strips = tuple[float, float, float, float]
"""Left, top, right and bottom, as shares of the grid."""


class Agreement(NamedTuple):
    """Two pictures in one grid, window by window.

    Attributes:
        pictures: as they were aligned.
        one, other: equally sharp, and equally bright or dark; grey levels.
        blurred: how often the sharper one had to be smoothed for that.
        softer: 1 if the other one was the softer, -1 if the one was, 0 if neither.
        alike: how alike they are around each pixel.
        differ: windows that do not agree, in all of the grid.
        strips: how much of the grid at its borders is left out of all below.
        seen: where both are.
        inside: where windows lie in both.
        textured: windows that say something.
        agree: those that agree.
    """

    pictures: Aligned
    one: Plane
    other: Plane
    blurred: int
    softer: int
    alike: Likeness
    differ: Mask
    strips: Strips
    seen: Mask
    inside: Mask
    textured: Mask
    agree: Mask

    @classmethod
    def of(cls, pictures: Aligned) -> Agreement | None:
        """Compare two pictures in their grid; None if there is nothing to be compared."""
        seen = pictures.seen
        if np.count_nonzero(seen) < _EDGE * _EDGE:
            return None
        other = 255 - pictures.other if pictures.inverted else pictures.other
        one, other, blurred, softer = equally_sharp(pictures.one, other, seen)
        alike = likeness(mean(one, _SMOOTH), mean(other, _SMOOTH), _EDGE)
        inside = seen & (mean(seen, _EDGE) > _WHOLE)
        textured = inside & (alike.texture > _TEXTURED)
        agree = textured & (alike.correlation > _ALIKE)
        differ = textured & (alike.correlation < _UNLIKE)
        strips = (0.0, 0.0, 0.0, 0.0)
        return cls(
            pictures, one, other, blurred, softer, alike, differ, strips, seen, inside, textured,
            agree,
        )  # fmt: skip

    @property
    def windows(self) -> float:
        """How many have texture, about."""
        return np.count_nonzero(self.textured) / _SPACING

    @property
    def agreeing(self) -> float:
        """The share of the textured windows that agree."""
        return share(self.agree, self.textured)

    @property
    def covered(self) -> float:
        """The share of all windows that have texture and agree."""
        return share(self.agree, self.inside)

    @property
    def closeness(self) -> float:
        """Median correlation of agreeing windows, those of strong texture if there are."""
        strong = self.agree & (self.alike.texture > _STRONG)
        some = strong if np.count_nonzero(strong) > _ROUND * _SPACING else self.agree
        return float(np.median(self.alike.correlation[some])) if some.any() else 0.0

    def without_strips(self) -> Agreement:
        """The same without the borders of the grid in which hardly anything agrees."""
        strips = _strips(self.agree, self.differ)
        kept = within(strips, self.seen.shape)
        return self._replace(
            strips=strips,
            seen=self.seen & kept,
            inside=self.inside & kept,
            textured=self.textured & kept,
            agree=self.agree & kept,
        )


def _strips(agree: Mask, differ: Mask) -> Strips:
    """How wide the borders are in which hardly anything agrees: left, top, right, bottom."""
    found = []
    for axis in (0, 1):
        same, other = (np.count_nonzero(mask, axis=axis) for mask in (agree, differ))
        for turn in (1, -1):
            alike, unlike = np.cumsum(same[::turn]), np.cumsum(other[::turn])
            foreign = (alike < _FOREIGN * (alike + unlike)) & (unlike > 0)
            deep = np.flatnonzero(foreign[: int(_DEEPEST * len(same))])
            width = (int(deep[-1]) + 1) / len(same) if len(deep) else 0.0
            found.append(width if width >= _NARROWEST else 0.0)
    return found[0], found[2], found[1], found[3]


def within(strips: Strips, shape: tuple[int, ...]) -> Mask:
    """All but the strips."""
    height, width = shape
    left, top, right, bottom = strips
    kept = np.zeros(shape, np.bool_)
    kept[
        int(top * height) : height - int(bottom * height),
        int(left * width) : width - int(right * width),
    ] = True
    return kept


def share(part: Mask, whole: Mask) -> float:
    """How much of the whole the part is."""
    return np.count_nonzero(part) / max(1, int(np.count_nonzero(whole)))


def equally_sharp(one: Plane, other: Plane, seen: Mask) -> tuple[Plane, Plane, int, int]:
    """Both pictures as blurred as the more blurred one; how often smoothed, and which that is.

    Args:
        one: (height, width), grey levels.
        other: likewise, in the same grid.
        seen: where it is asked how sharp they are.

    Returns:
        The one, the other, how often the sharper one was smoothed, and 1 if the other one was the
        softer, -1 if the one was, 0 if neither.
    """

    def sharpness(plane: Plane) -> float:
        fine = np.square(plane - mean(plane, _SMOOTH))
        scale = float(plane[seen].std()) + 1
        return float(np.quantile(mean(fine, _ROUND)[seen], 0.75)) / scale**2 + _FAINT

    ours, theirs = sharpness(one), sharpness(other)
    softer = 1 if ours > theirs else -1
    plane, now, goal = (one, ours, theirs) if softer == 1 else (other, theirs, ours)
    times = 0
    while now > _SHARPER * goal and times < _BLURS:
        plane = mean(plane, _SMOOTH)
        now = sharpness(plane)
        times += 1
    if softer == 1:
        return plane, other, times, softer if times else 0
    return one, plane, times, softer if times else 0
