"""What a search found, as a stream of small rows.

A result is a sequence of rows rather than one document: a group of 100,000 copies or a million
unreadable files still travels, is stored and is read page by page. Order: per group a `Group`
followed by its `Member`s and by edited copies of these, then `Pair`s (difPy's `result`),
`LowerQuality`, `Invalid`, and one `Statistics` at the end.
"""

from __future__ import annotations

from typing import Final, Literal

import msgspec

Match = Literal["bytes", "pixels", "tensor", "similar", "edited", "overlap"]
"""How sure a match is: same file bytes; same decoded pixels; same tensor; close enough; the one is
an edited copy of the other; both show a part of the same. The last two make no groups: such files
are listed under the picture that they come from, in every group that they show."""

PROOF: Final[tuple[Match, ...]] = ("bytes", "pixels")
"""Matches of files that are equal in full: one may go without a look at it."""

Action = Literal["keep", "remove", "review", "none"]
"""What is proposed for a file: stays; equal in full and may go; look first; never proposed."""


class Group(msgspec.Struct, frozen=True, tag="group"):
    """One set of images that belong together; its members follow.

    Attributes:
        id: 1, 2, … in the order of the groups.
        folder: the folder this group was searched in, with `in_folder`; else None.
        count: how many members follow.
        edited: how many edited copies follow these.
        reclaimable_bytes: what removing every member with action `remove` would free.
    """

    id: int
    folder: bytes | None
    count: int
    reclaimable_bytes: int
    edited: int = 0


Box = tuple[float, float, float, float]
"""Left, top, right and bottom, as shares of a picture's width and height."""

Point = tuple[float, float]


class Lie(msgspec.Struct, frozen=True):
    """How an edited copy lies in the picture that it comes from (its keeper).

    Attributes:
        x, y: where its upper left corner lies, in pixels of that picture.
        scale: pixels of that picture for one of its own, on average.
        angle: degrees counter-clockwise by which it is turned there, after mirroring.
        mirrored: it is flipped left to right there.
        corners: where its corners lie, from the upper left clockwise, as shares of that picture's
            width and height; with them, it can be laid onto it.
        shows: share of that picture that it shows, 0 to 1.
        shown: share of its own frame that shows that picture, 0 to 1.
        changes: what was done to it, in words: "cropped to 62 %", "brighter".
        hidden: parts of it that show something else, such as a caption.
    """

    x: float
    y: float
    scale: float
    angle: float
    mirrored: bool
    corners: tuple[Point, Point, Point, Point]
    shows: float
    shown: float
    changes: tuple[str, ...] = ()
    hidden: tuple[Box, ...] = ()


class Member(msgspec.Struct, frozen=True, tag="member"):
    """One file of a group. Keepers have no `keeper`, `match`, `mse`, `rotation` and `mirrored`.

    Attributes:
        keeper: the file that stays in its place, a direct match of this one. With action
            `remove` it may itself be under another one, as `review`: should that one go, its own
            keeper is this one's, too.
        reason: why this action, one sentence.
        warnings: what to know before it goes: that only this one has a date, that removing it
            frees nothing.
        width, height: in pixels, as displayed (EXIF orientation applied).
        size: length of the file in bytes.
        modified: modification time in nanoseconds since 1970.
        links: other names of the same file (hard links, symbolic links).
        match: how sure the match with `keeper` is.
        mse: mean squared error of the tensors, 0 to 65025.
        rotation: degrees counter-clockwise that turn this file onto its keeper (after mirroring).
        mirrored: whether it must be flipped left to right, before it is turned.
        digest: of the file's bytes as they were read.
        reference: it lies in a reference folder and never goes.
        metadata: which of `date`, `place`, `camera`, `rating` and `title` it tells; None in
            results of versions that did not keep this.
        loses: what would be lost with it, because its keeper lacks it: "a movie and 2 keywords";
            empty if nothing would.
        damage: what is wrong with the file, though it could be read; empty if nothing is.
        worth: how much the file holds beside its pixels, see `difd.engine.read.value`.
        details: how many single things it holds beside its pixels.
        taken: when the picture was taken, `YYYY-MM-DD HH:MM:SS`; empty if the file does not tell.
        passing: what kind of place it lies in where files do not stay, such as "a recycle bin";
            empty if it lies elsewhere.
        writable: the user could take it from its place.
        lie: with match `edited` or `overlap`, how it lies in its keeper.
    """

    group: int
    path: bytes
    action: Action
    reason: str
    width: int
    height: int
    size: int
    modified: int
    format: str
    keeper: bytes | None = None
    links: tuple[bytes, ...] = ()
    match: Match | None = None
    mse: float | None = None
    rotation: int | None = None
    mirrored: bool | None = None
    warnings: tuple[str, ...] = ()
    digest: bytes = b""
    reference: bool = False
    metadata: tuple[str, ...] | None = None
    loses: str = ""
    damage: str = ""
    worth: int = 0
    details: int = 0
    taken: str = ""
    passing: str = ""
    writable: bool = True
    lie: Lie | None = None

    @property
    def is_beside(self) -> bool:
        """Whether it is no member of the group, but an edited copy of one."""
        return self.lie is not None


class Pair(msgspec.Struct, frozen=True, tag="pair"):
    """One entry of difPy's `result`: `match` is listed under `file` (under `folder`, if any)."""

    folder: bytes | None
    file: bytes
    match: bytes
    mse: float


class LowerQuality(msgspec.Struct, frozen=True, tag="lower_quality"):
    """One entry of difPy's `lower_quality`."""

    path: bytes


UNSUPPORTED: Final = "Unsupported file type"
"""The reason for a file whose extension is no image's; difPy's words."""


class Invalid(msgspec.Struct, frozen=True, tag="invalid"):
    """A file that was found and not compared, and why."""

    path: bytes
    reason: str

    @property
    def is_aside(self) -> bool:
        """Whether it was not opened, because its name is not that of an image."""
        return self.reason == UNSUPPORTED


class Statistics(msgspec.Struct, frozen=True, tag="statistics"):
    """What difPy's `stats` needs beyond the options and the invalid files.

    Times are seconds since 1970. `duplicates` and `similar` count the entries of `result` with
    MSE 0 and above 0. `invalid` counts the invalid files, `total_files` all that were found.
    `left_out` counts files in places where files do not stay, which were not searched. `notices`
    are sentences about what was asked for and had no effect, or could not be done.
    """

    directory: tuple[bytes, ...]
    build_start: float
    build_end: float
    search_start: float
    search_end: float
    processes: int
    chunksize: int | None
    files_searched: int
    duplicates: int
    similar: int
    total_files: int
    invalid: int
    left_out: int = 0
    notices: tuple[str, ...] = ()


Row = Group | Member | Pair | LowerQuality | Invalid | Statistics


class Progress(msgspec.Struct, frozen=True):
    """How far a search is.

    Attributes:
        stage: what is being done now.
        found: image files found so far.
        decoded: files read so far, unreadable ones included.
        compared: fraction of the comparison that is done, 0 to 1.
        laid: fraction of the possible edited copies that were looked at, 0 to 1.
        matches: matching pairs so far.
        seconds_left: estimate for the current stage, None while unknown.
        waiting: what it waits for just now, one sentence; empty while it gets on.
    """

    stage: Literal["waiting", "discover", "decode", "match", "lay", "report"] = "waiting"
    found: int = 0
    decoded: int = 0
    compared: float = 0.0
    laid: float = 0.0
    matches: int = 0
    seconds_left: float | None = None
    waiting: str = ""


class Summary(msgspec.Struct, frozen=True):
    """A finished search in one line.

    Attributes:
        files: images compared.
        invalid: files that could not be read.
        groups: how many groups.
        extra_files: files in groups that are not keepers.
        reclaimable_bytes: what removing the proven copies would free.
        rows: length of the result, in rows.
        left_out, notices: see `Statistics`.
        removable_files: extra files that may go as proposed (`remove`); None in results of
            versions that did not count them.
        partial: the search was ended before all files were read; what was read is compared.
        edited_files: edited copies, which are in `extra_files` only if they have copies themselves.
        unread_files: those of `invalid` that have the name of an image; None in results of versions
            that did not count them.
    """

    files: int
    invalid: int
    groups: int
    extra_files: int
    reclaimable_bytes: int
    rows: int
    left_out: int = 0
    notices: tuple[str, ...] = ()
    removable_files: int | None = None
    partial: bool = False
    edited_files: int = 0
    unread_files: int | None = None
