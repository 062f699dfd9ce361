"""Whether two aligned pictures are one, edited: what their evidence has to be.

Every number was chosen on the set of `bench.edits`, so that none of its different pictures is taken
for an edited copy: frames of videos and bursts, forms, drawings of one series, windows of one
program.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Final

import numpy as np

from difd.engine.edited.agreement import Agreement
from difd.engine.edited.evidence import Evidence
from difd.engine.edited.frames import Common, Matrix, corners, mapped


class Verdict(StrEnum):
    """What two pictures are to each other."""

    EDITED = "edited"
    OVERLAP = "overlap"
    DIFFERENT = "different"


_WINDOWS: Final = 25
"""Windows that say anything, at least."""

_AGREEING: Final = 0.88
_CHANGED: Final = 0.12
"""Share of the windows that agree, and of the pixels that changed, where nothing lies over it."""

_CLOSE: Final = 0.96
"""Median correlation of windows that agree: leaves in the wind reach 0.95."""

_SMOOTHED: Final = 3
_CLOSE_SMOOTHED: Final = 0.9
"""What is left of it where one was blurred so much."""

_DRIFT: Final = 0.45
_STILL: Final = 0.25
"""Pixels by which what agrees may be off: in two pictures of one frame, which may be two photos,
and in others. Copies are off by 0.02 to 0.2, photos of a burst by 0.3 to 0.7."""

_SAME_FRAME: Final = 0.97
_SAME_SIZE: Final = 0.03
"""Shares of both frames, and how far the sizes are apart, of what may be two photos by a camera on
a tripod. What moves there is told from what was laid over a copy more strictly."""

_NEAR_FRAME: Final = 0.8
_BEYOND: Final = 0.99
"""Least share of both frames of what may be two photos by a camera in somebody's hand: of either
something lies beyond the other, so no more than the second number of it is in both."""

_SAME_CLOSE: Final = 0.965
_SAME: Final = ((0.985, 0.2), (0.97, 0.06), (0.95, 0.02), (0.93, 0.012))
_FAINT_AGREEING: Final = 0.72
_FAINT_CHANGED: Final = 0.1
_FAINT_UNLIKE: Final = 0.35
_FAINT_FEW: Final = 0.005
_LINES: Final = 0.4
_TONED_UNLIKE: Final = 0.2
_TONED_CLOSE: Final = 0.97
"""In such a frame: how well it agrees; how much of it and how little changed where nothing lies
over it (colours that become others change areas in which nothing is to be seen); and where tones
were lost, so that fewer windows agree, and lines of pixels changed: most of these where windows do
agree, or hardly any. Areas change, too, where few tones are left; then little of what changed is in
windows that do not agree. Of what moved before a camera that stood still, two thirds and more are
(of 600 pairs of a video's frames); leaves in the wind, a tenth of a second later, are less close.
"""

_TERRACED: Final = 0.25
_TERRACED_TONES: Final = (0.7, 0.04, 0.93, 0.3)
_TERRACED_NOISE: Final = 8.0
"""In such a frame, where one of two has so much more of one tone, as if few tones were left of it:
no second photo has. How well the rest agrees, how little changed, how close and how still it is."""

_FEWER_TONES: Final = (0.1, 1.25, 8.0, 0.7, 0.93)
_MANY_TONES: Final = 0.16
_ONE_TONE_BLURRED: Final = 3
"""Where one of two has so much more of one tone, the other is the origin, if they differ by so much
everywhere, and it is a photo: how much more, least and most noise, how well and how closely they
agree; how much of the origin is of one tone, and less often smoothed. A drawing has areas of one
tone to begin with, which blur, noise and compression make fewer."""

_LEAST_AGREEING: Final = 0.45
_COVERED: Final = 0.36
_CLOSE_COVERED: Final = 0.95
_MOST_CHANGED: Final = 0.4
_NOISE: Final = 6.0
"""Where something lies over one picture: how much of the rest has to agree, and how well."""

_LEAN: Final = 0.12
_SIDED: Final = 0.4
_OTHER_SIDED: Final = 0.1
"""What lies over a picture has edges there and not in the other, all of it."""

_SAME_TONES: Final = (0.955, 0.12, 0.98, 0.22)
_SAME_PIXELS: Final = (0.8, 0.01, 0.95, 0.15)
_SAME_NOISE: Final = 1.0
"""The same, closer and stiller: how well it agrees, how little changed, how close and how still.
Brighter pictures lose tones; those of little texture agree less, where hardly a pixel changed by
more than so many grey levels."""

_SAME_LEAN: Final = 0.25
_SAME_SIDED: Final = 0.85
_SAME_OTHER_SIDED: Final = 0.03
"""The same in one frame."""

_THIN: Final = 0.18
_THIN_LEAN: Final = 0.15
_THIN_SIDED: Final = 0.55
_THIN_OTHER_SIDED: Final = 0.05
"""And of letters, most of which are lines."""

_LETTERS_PLAIN: Final = 0.1
_LETTERS_THIN: Final = 0.1
_LETTERS_LEAN: Final = 0.4
_LETTERS_SIDED: Final = 0.9
_LETTERS_COVERED: Final = 0.26
_LETTERS_NOISE: Final = 3.0
"""Letters are lines and no areas of one colour; of a blurred photo less of the rest has texture."""

_PLAIN: Final = 0.45
_PLAINER: Final = 0.2
_PLAIN_OTHER_SIDED: Final = 0.05
"""Or it is of one colour where what it hides is not, and that has no edges of its own."""

_BOTH_PLAIN: Final = 0.4
_DRAWING: Final = 0.7
_DRAWING_COVERED: Final = 0.48
_CAMERA: Final = 0.03
"""Where both are of one colour, they may be drawings, of which more has to agree: not where hardly
anything of one of them is of one tone, which is a photo."""

_OVER_SMOOTH: Final = (0.5, 0.31, 0.97, 0.3)
_OVER_MOST: Final = 0.75
_OVER_LEAN: Final = 0.5
_OVER_SIDED: Final = 0.97
_OVER_OTHER_SIDED: Final = 0.02
_OVER_NOISE: Final = 2.5
_OVER_PLAIN: Final = 0.4
"""What clearly lies over one picture of which most is smooth: how well the rest agrees, how much of
it has texture (less only where most agrees: two windows of one program agree by their frames), how
close and how still it is; and the plainer picture of the two there."""

INSIDE: Final = 0.96
"""Share of a frame that lies in the other, for the picture to lie in it."""

_SLANTED_INSIDE: Final = 0.85
_SLANT: Final = 0.015
"""The same of both for pictures seen aslant, and by how much their corners must be off, in longer
edges, from where a turn and another size would put them."""

_PASTED_INSIDE: Final = 0.7
_PASTED: Final = 0.55
_PASTED_SMALLER: Final = 0.8
_PASTED_SIZED: Final = 1.5
_PASTED_OF_OTHER: Final = 0.5
_PASTED_CHANGED: Final = 0.04
_PASTED_AGREEING: Final = 0.94
_PASTED_FOREIGN: Final = 0.28
"""A picture of which a part was pasted into another one: share of its frame, share of the grid that
is alike, how much smaller it is there, or not larger where it is no large part of the other; how
well it agrees, and share of the pixels around it that are others (where two crops of a scene only
overlap, those are the same, if hardly anything is to be seen in them)."""


def may_be_one(agreement: Agreement) -> bool:
    """Whether two pictures may be one by where they agree; else the rest need not be known."""
    much = agreement.agreeing >= _FAINT_AGREEING
    some = agreement.agreeing >= _LEAST_AGREEING and agreement.covered >= _LETTERS_COVERED
    enough = agreement.windows >= _WINDOWS and (much or some)
    return enough and agreement.closeness >= _CLOSE_SMOOTHED


def pasted_part(agreement: Agreement, shared: Common, zoom: float) -> Agreement | None:
    """What is alike where a part of one picture may have been pasted into the other; None if not.

    Args:
        agreement: of both.
        shared: what their frames have in common.
        zoom: pixels of the other for one of the one.
    """
    portion, other, size = (
        (shared.share, shared.of_other, zoom)
        if shared.of_other < shared.share
        else (shared.of_other, shared.share, 1 / zoom)
    )
    small = size <= _PASTED_SMALLER or (size <= _PASTED_SIZED and other <= _PASTED_OF_OTHER)
    if portion < _PASTED_INSIDE or not small:
        return None
    rest = agreement.without_strips()
    left, top, right, bottom = rest.strips
    large = (1 - left - right) * (1 - top - bottom) >= _PASTED
    alike = rest.windows >= _WINDOWS and rest.agreeing >= _PASTED_AGREEING
    return rest if large and alike else None


def is_pasted(evidence: Evidence) -> bool:
    """Whether it was, by the evidence of its `pasted_part`."""
    return (
        evidence.foreign >= _PASTED_FOREIGN
        and evidence.closeness >= _CLOSE
        and evidence.changed <= _PASTED_CHANGED
    )


def verdict_on(evidence: Evidence, shared: Common, slant: float, zoom: float) -> Verdict:
    """What two pictures are.

    Args:
        evidence: of both.
        shared: what their frames have in common.
        slant: see `slant_of`.
        zoom: pixels of the other for one of the one.
    """
    if evidence.windows < _WINDOWS:
        return Verdict.DIFFERENT
    least = min(shared.share, shared.of_other)
    most = max(shared.share, shared.of_other)
    two_photos = least >= _SAME_FRAME or (least >= _NEAR_FRAME and most < _BEYOND)
    two_photos = two_photos and abs(zoom - 1) <= _SAME_SIZE and slant < _SLANT
    is_same = _is_one_frame if two_photos else _is_one_scene
    if not is_same(evidence):
        return Verdict.DIFFERENT
    if most >= INSIDE:
        return Verdict.EDITED
    if least >= _SLANTED_INSIDE and slant >= _SLANT:
        return Verdict.EDITED
    return Verdict.OVERLAP


def slant_of(matrix: Matrix, size: tuple[int, int]) -> float:
    """How far the corners are from where a turn and another size would put them; at most.

    Args:
        matrix: a map.
        size: width and height of what is mapped.

    Returns:
        In longer edges of the picture.
    """
    points = corners(size)
    there = mapped(matrix, points)
    source, goal = points - points.mean(axis=0), there - there.mean(axis=0)
    one, other = source @ [1, 1j], goal @ [1, 1j]
    straight = min(
        (float(np.abs(other - kind * (np.vdot(kind, other) / np.vdot(kind, kind))).max()), zoom)
        for kind in (one, one.conj())
        for zoom in (float(np.abs(np.vdot(kind, other) / np.vdot(kind, kind))),)
    )
    return straight[0] / max(straight[1], 1e-9)


def _is_close(evidence: Evidence, drift: float, close: float = _CLOSE) -> bool:
    """Whether what agrees does so to the letter."""
    if evidence.blurred >= _SMOOTHED and evidence.closeness >= _CLOSE_SMOOTHED:
        return evidence.drift <= _DRIFT
    return evidence.closeness >= close and evidence.drift <= drift


def _is_one_scene(evidence: Evidence) -> bool:
    """Whether two pictures of different frames show the same moment."""
    everything = evidence.agreeing >= _AGREEING and evidence.changed <= _CHANGED
    if everything and _is_close(evidence, _DRIFT):
        return True
    if _lies_over(evidence):
        return True
    return _may_be_covered(evidence, _DRIFT) and (
        _is_sided(evidence, _LEAN, _SIDED, _OTHER_SIDED) or _is_plain(evidence)
    )


def _is_one_frame(evidence: Evidence) -> bool:
    """Whether two pictures of one frame do: not two photos by a camera that stood still."""
    agreeing, changed = evidence.agreeing, evidence.changed
    if _is_close(evidence, _STILL, _SAME_CLOSE) and any(
        agreeing >= least and changed <= most for least, most in _SAME
    ):
        return True
    faint = agreeing >= _FAINT_AGREEING and changed <= _FAINT_CHANGED and evidence.thin >= _LINES
    # Letters in the boxes of a form are thin, too, and are not faint: there nothing agrees.
    faint = faint and (evidence.unlike <= _FAINT_UNLIKE or changed <= _FAINT_FEW)
    quiet = evidence.noise <= _SAME_NOISE and _is_still(evidence, *_SAME_PIXELS)
    if quiet or (faint and _is_close(evidence, _STILL)) or _is_still(evidence, *_SAME_TONES):
        return True
    if _is_toned(evidence) or _is_terraced(evidence):
        return True
    if _is_lettered(evidence) or _lies_over(evidence):
        return True
    clear = _is_sided(evidence, _SAME_LEAN, _SAME_SIDED, _SAME_OTHER_SIDED)
    lines = evidence.thin >= _THIN and _is_sided(
        evidence, _THIN_LEAN, _THIN_SIDED, _THIN_OTHER_SIDED
    )
    if clear or _is_plain(evidence):
        return _may_be_covered(evidence, _DRIFT)
    return lines and _may_be_covered(evidence, _STILL)


def _is_toned(evidence: Evidence) -> bool:
    """Whether two pictures show the same in other tones, of which many became one."""
    return (
        evidence.agreeing >= _FAINT_AGREEING
        and evidence.changed <= _FAINT_CHANGED
        and evidence.unlike <= _TONED_UNLIKE
        and evidence.closeness >= _TONED_CLOSE
        and evidence.drift <= _STILL
    )


def _is_terraced(evidence: Evidence) -> bool:
    """Whether two pictures show the same, and of one of them few tones were left."""
    few = abs(evidence.even_one - evidence.even_other) >= _TERRACED
    return few and evidence.noise <= _TERRACED_NOISE and _is_still(evidence, *_TERRACED_TONES)


def terraced_side(evidence: Evidence) -> int:
    """-1 if few tones were left of the one picture, 1 if of the other one, 0 if of neither."""
    more = evidence.even_other - evidence.even_one
    least, least_noise, most_noise, agreeing, close = _FEWER_TONES
    alike = evidence.agreeing >= agreeing and evidence.closeness >= close
    if abs(more) < least or not (alike and least_noise <= evidence.noise <= most_noise):
        return 0
    side = 1 if more > 0 else -1
    is_drawn = min(evidence.even_one, evidence.even_other) > _MANY_TONES
    is_softer = evidence.blurred >= _ONE_TONE_BLURRED and evidence.softer == -side
    return 0 if is_drawn or is_softer else side


def _is_still(
    evidence: Evidence, agreeing: float, changed: float, close: float, still: float
) -> bool:
    """Whether so much agrees, so closely and at the very place, and so little changed."""
    return (
        evidence.agreeing >= agreeing
        and evidence.changed <= changed
        and evidence.closeness >= close
        and evidence.drift <= still
    )


def _lies_over(evidence: Evidence) -> bool:
    """Whether something clearly lies over one of two pictures, of which most is smooth."""
    agreeing, covered, close, still = _OVER_SMOOTH
    return (
        _is_sided(evidence, _OVER_LEAN, _OVER_SIDED, _OVER_OTHER_SIDED)
        and _is_still(evidence, agreeing, _MOST_CHANGED, close, still)
        and (evidence.covered >= covered or evidence.agreeing >= _OVER_MOST)
        and evidence.noise <= _OVER_NOISE
        and min(evidence.flat_one, evidence.flat_other) <= _OVER_PLAIN
    )


def _may_be_covered(evidence: Evidence, drift: float) -> bool:
    """Whether enough agrees for something to lie over the rest."""
    enough = evidence.agreeing >= _LEAST_AGREEING and evidence.covered >= _COVERED
    close = evidence.closeness >= _CLOSE_COVERED and evidence.drift <= drift
    little = evidence.changed <= _MOST_CHANGED and evidence.noise <= _NOISE
    drawn = min(evidence.flat_one, evidence.flat_other) > _BOTH_PLAIN
    drawn = drawn and min(evidence.even_one, evidence.even_other) > _CAMERA
    few = evidence.agreeing < _DRAWING and evidence.covered < _DRAWING_COVERED
    return enough and close and little and not (drawn and few)


def _is_sided(evidence: Evidence, lean: float, sided: float, other_sided: float) -> bool:
    """Whether what changed has edges in one of the two pictures, in all places in the same."""
    own, others = evidence.over_one, evidence.over_other
    if evidence.lean > 0:
        own, others = others, own
    return abs(evidence.lean) >= lean and own >= sided and others <= other_sided


def _is_lettered(evidence: Evidence) -> bool:
    """Whether letters lie over one of two pictures, most of which is blurred."""
    own = evidence.flat_other if evidence.lean > 0 else evidence.flat_one
    return (
        own <= _LETTERS_PLAIN
        and evidence.thin >= _LETTERS_THIN
        and _is_sided(evidence, _LETTERS_LEAN, _LETTERS_SIDED, _THIN_OTHER_SIDED)
        and evidence.agreeing >= _LEAST_AGREEING
        and evidence.covered >= _LETTERS_COVERED
        and evidence.noise <= _LETTERS_NOISE
        and _is_close(evidence, _DRIFT)
    )


def _is_plain(evidence: Evidence) -> bool:
    """Whether what changed is of one colour in one picture, and no edge of the other is gone."""
    flat, other, others = evidence.flat_one, evidence.flat_other, evidence.over_other
    if other > flat:
        flat, other, others = other, flat, evidence.over_one
    return flat >= _PLAIN and flat - other >= _PLAINER and others <= _PLAIN_OTHER_SIDED
