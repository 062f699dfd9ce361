"""Compares two pictures in full size before one may go for the other's sake, and says where not.

A small tensor proves little: a night sky with and without forty stars has an MSE of 0. Runs in
workers; whatever is wrong with a file is a verdict against removing it.
"""

from __future__ import annotations

import io
from contextlib import ExitStack
from typing import Final

import msgspec
from PIL import Image, ImageCms

from difd.engine.formats import FAULTS, Refused, count_frames, quiet
from difd.engine.orientation import codes_for
from difd.engine.prove.blocks import LIMIT, Difference, differ
from difd.engine.prove.canvas import (
    GROUNDS,
    Canvas,
    by_likeness,
    canvas_of,
    check_shades,
)
from difd.engine.prove.part import differ_in_part
from difd.engine.read import metadata
from difd.engine.read.decode import (
    ANIMATION_LIMIT,
    colour_profile,
    damage_reason,
    load_frame,
    open_any,
)
from difd.engine.read.source import open_source
from difd.protocol.holding import DIFFERS, SIZE_SHARE, more_detail, other_proportions

TURNS_TRIED: Final = 2
"""Of several possible turns, the most like ones that are compared in full."""

KERNELS: Final = (Image.Resampling.LANCZOS, Image.Resampling.BOX)
"""Filters by which the larger picture is scaled. Programs use one or the other kind; the mean of
an area (as OpenCV's) is as far from the first at the edges of letters as another letter."""

_DURATION_STEP: Final = 10
"""Milliseconds: GIF counts in hundredths of a second."""


class DetailTask(msgspec.Struct, frozen=True):
    """A picture that is to go and the one that stays.

    Attributes:
        number: the caller's own number of the pair.
        removal: absolute path.
        keeper: absolute path.
        rotation: degrees counter-clockwise that turn the removal onto the keeper, after
            mirroring, both as displayed; None to try all four.
        mirrored: whether the removal is flipped left to right first; None to try both.
        removal_digest: of the file's bytes, as the search saw it.
        keeper_digest: likewise.
        lie: where the corners of an edited copy lie in the keeper, as shares of its width and
            height, from the upper left clockwise; empty for what shows all of it.
    """

    number: int
    removal: bytes
    keeper: bytes
    rotation: int | None
    mirrored: bool | None
    removal_digest: bytes
    keeper_digest: bytes
    lie: tuple[tuple[float, float], ...] = ()


class DetailVerdict(msgspec.Struct, frozen=True):
    """Whether the removal shows nothing that the keeper does not show.

    Attributes:
        same: it does not.
        reason: one sentence for people if it does, or could not be compared; else empty.
        difference: the largest of any block, where it was measured (see `blocks.Difference`).
        limit: what it was held against.
        place: left, top, width and height of the largest difference, 0 to 1, as fractions of the
            keeper as displayed; None when same or unknown.
    """

    same: bool
    reason: str
    difference: float | None
    limit: float
    place: tuple[float, float, float, float] | None


def compare_detail(task: DetailTask) -> DetailVerdict:
    """Compare both files in full. Reads them, never raises for what is in them."""
    try:
        with quiet():
            return _compare(task)
    except Refused as refusal:
        return _against(f"it cannot be compared in detail: {refusal}")
    except (MemoryError, Image.DecompressionBombError):
        return _against("it cannot be compared in detail: that needs too much memory")
    except FAULTS as error:
        return _against(f"it cannot be compared in detail: {damage_reason(error)}")


def _against(reason: str) -> DetailVerdict:
    return DetailVerdict(same=False, reason=reason, difference=None, limit=LIMIT, place=None)


def _compare(task: DetailTask) -> DetailVerdict:
    files = ((task.removal, task.removal_digest), (task.keeper, task.keeper_digest))
    with ExitStack() as stack:
        pictures = []
        for path, digest in files:
            source = stack.enter_context(open_source(path))
            if not source.has_content(digest):
                return _against("one of the two files is not what the search saw")
            picture, incomplete = open_any(path, source.stream)
            stack.enter_context(picture)
            if incomplete and path == task.removal:
                return _against(
                    "it holds more than can be compared: "
                    "layers, another view, a movie, or finer shades"
                )
            pictures.append(picture)
        removal, keeper = pictures
        reason = _unlike(removal, keeper)
        if reason:
            return _against(reason)
        if task.lie:
            return _verdict(differ_in_part(removal, keeper, task.lie))
        return _frames(removal, keeper, task)


def _unlike(removal: Image.Image, keeper: Image.Image) -> str:
    """What can be said against it before anything is decoded."""
    frames = count_frames(removal)
    if frames != count_frames(keeper):
        return f"it has {frames} frames, and the one that stays has {count_frames(keeper)}"
    if frames * removal.width * removal.height > ANIMATION_LIMIT:
        return "it is too long an animation to be compared in full"
    profiles = {colour_profile(removal), colour_profile(keeper)}
    if len(profiles) > 1 and not all(map(_is_usual, profiles)):
        return "the colours of the two are described by different profiles"
    return ""


def _is_usual(profile: bytes) -> bool:
    """Whether a colour profile is sRGB, which is also meant where there is none."""
    if not profile:
        return True
    try:
        name = ImageCms.getProfileDescription(ImageCms.ImageCmsProfile(io.BytesIO(profile)))
    except (ImageCms.PyCMSError, OSError):
        return False
    return "srgb" in name.lower()


def _frames(removal: Image.Image, keeper: Image.Image, task: DetailTask) -> DetailVerdict:
    """Compare frame by frame, up to the first that differs."""
    codes = codes_for(task.rotation, task.mirrored)
    turns = (0, 0)
    worst = 0.0
    for index in range(count_frames(removal)):
        for picture in (removal, keeper):
            load_frame(picture, index)
            check_shades(picture)
        if index == 0:
            turns = (_turn(removal), _turn(keeper))
        if abs(_duration(removal) - _duration(keeper)) > _DURATION_STEP:
            return _against("the frames are shown for different times")
        verdict, code = _canvases(canvas_of(removal, turns[0]), canvas_of(keeper, turns[1]), codes)
        if not verdict.same:
            return verdict
        codes = [code]
        worst = max(worst, verdict.difference or 0.0)
    return DetailVerdict(same=True, reason="", difference=worst, limit=LIMIT, place=None)


def _turn(picture: Image.Image) -> int:
    return metadata.turn_for(metadata.orientation_left(picture))


def _duration(picture: Image.Image) -> float:
    """How long a frame is shown, in milliseconds; AVIF says it of stills, too."""
    duration = picture.info.get("duration", 0) if count_frames(picture) > 1 else 0
    return float(duration) if isinstance(duration, int | float) else 0.0


def _canvases(removal: Canvas, keeper: Canvas, codes: list[int]) -> tuple[DetailVerdict, int]:
    """Compare two frames under the turns that may be meant; the best turn."""
    fitting = by_likeness(removal, keeper, codes)
    if not fitting:
        own, other = removal.size, keeper.size
        return _against(other_proportions(own, other)), codes[0]
    own, other = removal.turned(fitting[0]).size, keeper.size
    if min(other.width / own.width, other.height / own.height) < SIZE_SHARE:
        reason = more_detail((own.width, own.height), (other.width, other.height))
        return _against(reason), fitting[0]
    found: list[tuple[Difference, int]] = []
    for code in fitting[:TURNS_TRIED]:
        found.append((_difference(removal.turned(code), keeper), code))
        if found[-1][0].measure <= LIMIT:
            break
    difference, code = min(found, key=lambda one: one[0].measure)
    return _verdict(difference), code


def _difference(removal: Canvas, keeper: Canvas) -> Difference:
    """The largest difference on any ground, by the filter that explains most of it."""
    size = min(removal.size, keeper.size, key=lambda one: one.area)
    scaled = removal.size != keeper.size
    grounds = GROUNDS if removal.transparent or keeper.transparent else GROUNDS[:1]
    found = []
    for kernel in KERNELS if scaled else KERNELS[:1]:
        each = [
            differ(removal.planes(size, kernel, ground), keeper.planes(size, kernel, ground))
            for ground in grounds
        ]
        found.append(max(each, key=lambda one: one.measure))
        if found[-1].measure <= LIMIT:
            break
    return min(found, key=lambda one: one.measure)


def _verdict(difference: Difference) -> DetailVerdict:
    same = difference.measure <= LIMIT
    reason = "" if same else DIFFERS
    return DetailVerdict(
        same=same,
        reason=reason,
        difference=difference.measure,
        limit=LIMIT,
        place=None if same else difference.place,
    )
