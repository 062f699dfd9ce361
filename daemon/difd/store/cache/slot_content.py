"""A record, why there is none, or features, as they lie in a slot: msgpack, then bytes as is."""

from __future__ import annotations

import math
import sys
from mmap import mmap
from typing import Final, cast

import msgspec
import numpy as np
from numpy.typing import NDArray

from difd.engine.record import Colours, Found, Record, Unreadable
from difd.store.cache.slab import pack, unpack


class _Description(msgspec.Struct, frozen=True, array_like=True):
    """A record without its file and planes; or only digest, form and why it cannot be read."""

    digest: bytes
    form: str
    width: int
    height: int
    format: str
    orientation: int
    frames: int
    pixel_digest: bytes
    sums_digest: bytes
    value_range: tuple[float, float] | None
    metadata: tuple[str, ...]
    shape: tuple[int, int, int, int]
    exact: bool
    reason: str = ""
    value: bytes = b""
    damage: str = ""
    taken: str = ""
    former: bytes = b""
    error: float = 0.0
    described: bool = True
    tally: bytes = b""
    colours: Colours = "usual"


class _Label(msgspec.Struct, frozen=True, array_like=True):
    """What stands before features."""

    digest: bytes
    form: str


_LENGTHS: Final[dict[int, int]] = {}
"""Edges of pictures; those of many are the same numbers, and need not be one object each."""

_decode_label = msgspec.msgpack.Decoder(_Label).decode
_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(_Description).decode


class Content(msgspec.Struct, frozen=True, eq=False):
    """What was read from a slot; the planes are still there, not in memory."""

    description: _Description
    planes: NDArray[np.uint8]

    def is_of(self, digest: bytes, form: str) -> bool:
        """Whether it is what files of this content are in this form (see `memory.form_of`)."""
        return (self.description.digest, self.description.form) == (digest, form)

    def made(self, file: Found) -> Record | Unreadable:
        """What becomes of a file with this content."""
        kept = self.description
        if kept.reason:
            return Unreadable(file.path, kept.reason, kept.digest)
        return Record(
            file=file,
            width=_LENGTHS.setdefault(kept.width, kept.width),
            height=_LENGTHS.setdefault(kept.height, kept.height),
            format=sys.intern(kept.format),
            orientation=kept.orientation,
            frames=kept.frames,
            digest=kept.digest,
            pixel_digest=kept.pixel_digest,
            sums_digest=kept.sums_digest,
            value_range=kept.value_range,
            metadata=kept.metadata,
            planes=self.planes,
            exact=kept.exact,
            value=kept.value,
            damage=kept.damage,
            taken=kept.taken,
            former=kept.former,
            error=kept.error or 0.0,
            described=kept.described,
            tally=kept.tally,
            colours=kept.colours,
        )


def pack_record(record: Record, form: str) -> list[bytes | memoryview]:
    """A slot with this record, in pieces."""
    description = _Description(
        digest=record.digest,
        form=form,
        width=record.width,
        height=record.height,
        format=record.format,
        orientation=record.orientation,
        frames=record.frames,
        pixel_digest=record.pixel_digest,
        sums_digest=record.sums_digest,
        value_range=record.value_range,
        metadata=record.metadata,
        shape=record.planes.shape,
        exact=record.exact,
        value=record.value,
        damage=record.damage,
        taken=record.taken,
        former=record.former,
        error=record.error,
        described=record.described,
        tally=record.tally,
        colours=record.colours,
    )
    return pack(_encode(description), record.planes.data.cast("B"))


def pack_unreadable(unreadable: Unreadable, form: str) -> list[bytes | memoryview]:
    """A slot that says why a content cannot be read, in pieces."""
    description = _Description(
        digest=unreadable.digest,
        form=form,
        width=0,
        height=0,
        format="",
        orientation=1,
        frames=0,
        pixel_digest=b"",
        sums_digest=b"",
        value_range=None,
        metadata=(),
        shape=(0, 0, 0, 0),
        exact=True,
        reason=unreadable.reason,
    )
    return pack(_encode(description), memoryview(b""))


def pack_features(digest: bytes, form: str, features: bytes) -> list[bytes | memoryview]:
    """A slot with the features of a content, in pieces."""
    return pack(_encode(_Label(digest, form)), memoryview(features))


def unpack_features(slot: memoryview, digest: bytes, form: str) -> bytes | None:
    """The features in a slot; None if it is damaged, or not of this content in this form."""
    parts = unpack(slot)
    if parts is None:
        return None
    try:
        label = _decode_label(parts[0])
    except msgspec.DecodeError:
        return None
    return bytes(parts[1]) if (label.digest, label.form) == (digest, form) else None


def unpack_slot(slot: memoryview, start: int) -> Content | None:
    """What lies in a slot, which begins at `start` of a map; None if it is damaged."""
    parts = unpack(slot)
    if parts is None:
        return None
    try:
        description = _decode(parts[0])
    except msgspec.DecodeError:
        return None
    body = parts[1]
    if len(body) != math.prod(description.shape):
        return None
    return Content(description, planes_in(slot, start, description.shape))


def planes_in(slot: memoryview, start: int, shape: tuple[int, ...]) -> NDArray[np.uint8]:
    """The planes at the end of a slot that begins at `start` of a map, as they lie there."""
    # An array of the map itself: with a view of it between, a million take 400 MB more.
    slab, end = cast("mmap", slot.obj), start + len(slot)
    return np.ndarray(shape, np.uint8, slab, offset=end - math.prod(shape))
