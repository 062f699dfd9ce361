"""What the action journal knows of every file that goes: as it was seen, and each step done to it.

A step is written down with everything that is needed to finish or to reverse it before it happens,
so that journal and disk can be reconciled whenever a process died in between.
"""

from __future__ import annotations

from typing import Literal

import msgspec

from difd.protocol.actions import LinkKind, PlanItem


class Witness(msgspec.Struct, frozen=True, kw_only=True):
    """A file as it was seen.

    Attributes:
        path: absolute, as bytes.
        device, inode, size, mtime_ns: from `stat`.
        digest: of its bytes; its length tells by which algorithm.
    """

    path: bytes
    device: int
    inode: int
    size: int
    mtime_ns: int
    digest: bytes


class Appearance(msgspec.Struct, frozen=True, kw_only=True):
    """A file without its content.

    Attributes:
        mode: permission bits, as in `stat.S_IMODE`.
        atime_ns, mtime_ns: times in nanoseconds.
        uid, gid: owner and group.
        xattrs: names and values of extended attributes, which hold ACLs and people's tags.
    """

    mode: int
    atime_ns: int
    mtime_ns: int
    uid: int
    gid: int
    xattrs: tuple[tuple[bytes, bytes], ...]


class Trashing(msgspec.Struct, frozen=True, tag="trash"):
    """Into the trash: `target` is the file there, `info` its note.

    Both are empty where the system itself fills its trash, until the file was found in there; and
    where nobody can look into that. What follows is the same in other steps; what an
    older version has not written down is empty.

    Attributes:
        temporary: a name beside the target for a copy that is not complete.
        aside: a name beside the file, under which it waits while we look once more.
        home: the file's folder, links resolved.
        away: the target's folder, links resolved.
        appearance: what the file was like before.
    """

    file: Witness
    target: bytes
    info: bytes
    temporary: bytes
    aside: bytes = b""
    home: bytes = b""
    away: bytes = b""
    appearance: Appearance | None = None


class Moving(msgspec.Struct, frozen=True, tag="move"):
    """To `target`."""

    file: Witness
    target: bytes
    temporary: bytes
    aside: bytes = b""
    home: bytes = b""
    away: bytes = b""
    appearance: Appearance | None = None


class Deleting(msgspec.Struct, frozen=True, tag="delete"):
    """Gone for good; `temporary` is its name beside the file while we look once more."""

    file: Witness
    temporary: bytes = b""


class Linking(msgspec.Struct, frozen=True, tag="link"):
    """Replaced by a link to `keeper`, made under `temporary`, with which the file changes names."""

    file: Witness
    keeper: Witness
    kind: LinkKind
    temporary: bytes
    appearance: Appearance
    home: bytes = b""


Step = Trashing | Moving | Deleting | Linking

Stage = Literal["planned", "doing", "done", "refused", "undoing", "undone"]
"""Where an item is. `doing` and `undoing` mean: written down, and perhaps done."""


class Item(msgspec.Struct, frozen=True):
    """One file of an action, with what goes with it.

    Attributes:
        shown: the row that clients see, as it was planned.
        file, keeper: the two as the plan saw them.
        equal: their bytes are equal, so that they are compared byte by byte before the file goes.
        belongings: files that go with it, as the plan saw them.
        folder: where it is to be moved.
        stage: where it is.
        steps: what is, or was, done; the file itself first.
        message: why it was refused, or what else happened.
    """

    shown: PlanItem
    file: Witness
    keeper: Witness
    belongings: tuple[Witness, ...] = ()
    folder: bytes | None = None
    stage: Stage = "planned"
    steps: tuple[Step, ...] = ()
    message: str | None = None


def handled(item: Item) -> int:
    """Bytes of what went: of the file, and of what went with it; a sidecar may have stayed."""
    return sum(step.file.size for step in item.steps)


def freed(item: Item) -> int:
    """Bytes that became free at once, of those that the plan promised."""
    return max(0, item.shown.frees - (item.shown.size - handled(item)))
