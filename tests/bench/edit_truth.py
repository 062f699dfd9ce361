"""What a picture of the set of edited copies shows, and what is true of two of them.

The rule stands here once: the set, the bench and its tests all ask `truth`.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any

Rect = tuple[float, float, float, float]
"""Left, top, right and bottom, as fractions of the original's width and height."""

WHOLE: Rect = (0.0, 0.0, 1.0, 1.0)

UNTOUCHED = frozenset({"orig", "photo"})
"""Kinds that show a source as it is: every copy of that source is an edit of them."""

MOMENTS = frozenset({"burst", "scene"})
"""Kinds whose pictures of one source are different photos of one place."""

LAYERED = frozenset({"logo", "ui"})
"""Kinds that lay the same thing over or around different photos."""

HIDING = frozenset({
    *("watermark", "caption", "emoji10", "emoji30", "posterize", "invert", "blur_strong"),
    *("persp", "screen40", "screen10", "collage4", "strong_mix", "paste20", "paste10"),
})  # fmt: skip
"""Edits that cover, bend or shrink so much that what a second edit shows may be gone."""

INSIDE = 0.98
NEARLY_INSIDE = 0.9
TOUCHING = 0.02


class Truth(StrEnum):
    """What a search may say of two pictures."""

    EDITED = "edited"
    OVERLAP = "overlap"
    DIFFERENT = "different"
    NOTHING = "ask nothing"


@dataclass(frozen=True)
class Entry:
    """One file of the set.

    Attributes:
        file: its path in the set's folder.
        kind: orig, edit, crop, panorama, photo, clip, texture, doc, letter, logo, ui, scene or
            burst.
        src: the picture it comes from.
        group: "photo" or "graphic" (clip art, screenshots, charts, pages).
        edit: the edit's name; "" for what is none.
        rect: the part of `src` that it shows; None where there is no such picture.
        mirrored: left and right are swapped.
        angle: degrees that it was turned, counter-clockwise.
        size: width and height in pixels.
        also: further pictures that are seen in it (collages).
        plain: it shows one colour only, as a crop of white paper does.
    """

    file: str
    kind: str
    src: str
    group: str
    size: tuple[int, int]
    edit: str = ""
    rect: Rect | None = None
    mirrored: bool = False
    angle: float = 0.0
    also: tuple[str, ...] = ()
    plain: bool = False


def truth(a: Entry, b: Entry) -> Truth:
    """What is true of two different files of the set.

    Pictures of different sources are different, unless a collage shows both. Of one source, what
    shows a part of the other is an edit of it; what shares a part only overlaps. Nothing is asked
    of pictures that show nothing, where the common part may be hidden by an edit, and where a
    person would have to measure.
    """
    if a.plain or b.plain:
        return Truth.NOTHING
    if a.src != b.src:
        seen = {a.src, *a.also} & {b.src, *b.also}
        return Truth.NOTHING if seen else Truth.DIFFERENT
    if a.kind in MOMENTS or a.rect is None or b.rect is None:
        return Truth.DIFFERENT
    if a.kind in UNTOUCHED or b.kind in UNTOUCHED:
        return Truth.EDITED
    return _of_parts(a, b, share(a.rect, b.rect))


def _of_parts(a: Entry, b: Entry, shared: float) -> Truth:
    """What is true of two edits of one original."""
    if shared == 0 and not set(a.also) & set(b.also):
        return Truth.DIFFERENT
    if shared < TOUCHING or any(one.edit in HIDING or one.kind in LAYERED for one in (a, b)):
        return Truth.NOTHING
    if shared >= INSIDE:
        return Truth.EDITED
    return Truth.NOTHING if shared >= NEARLY_INSIDE else Truth.OVERLAP


def share(a: Rect, b: Rect) -> float:
    """How much of the smaller part lies in the other, 0 to 1."""
    width = min(a[2], b[2]) - max(a[0], b[0])
    height = min(a[3], b[3]) - max(a[1], b[1])
    smaller = min((one[2] - one[0]) * (one[3] - one[1]) for one in (a, b))
    return max(0.0, width) * max(0.0, height) / smaller


def write(path: Path, entries: list[Entry]) -> None:
    """Save entries as JSON; the file is whole or absent."""
    unfinished = path.with_suffix(".unfinished")
    unfinished.write_text(json.dumps([asdict(entry) for entry in entries], indent=0))
    unfinished.rename(path)


def read(path: Path) -> list[Entry]:
    """The entries that `write` saved."""
    return [_entry(fields) for fields in json.loads(path.read_text())]


def _entry(fields: dict[str, Any]) -> Entry:
    rect = fields["rect"]
    return Entry(
        **{
            **fields,
            "size": tuple(fields["size"]),
            "rect": rect and tuple(rect),
            "also": tuple(fields["also"]),
        }
    )
