"""Where the samples of a track lie: the frames of a sequence, which decoders show."""

from __future__ import annotations

import struct
from typing import Final

from difd.engine.read.value.boxes import Box, boxes_of
from difd.engine.read.value.data import Data

_TABLES: Final = (b"mdia", b"minf", b"stbl")
_OFFSETS: Final = {b"stco": "I", b"co64": "Q"}


def samples_of(data: Data, track: Box) -> list[tuple[int, int]]:
    """Where the samples of a track lie, chunk by chunk; nothing if its tables do not tell.

    Raises:
        LookupError: a table is cut off.
        struct.error: the same.
    """
    tables = {box.name: data.read(box.inside, box.end - box.inside) for box in _tables(data, track)}
    sizes, runs = tables.get(b"stsz", b""), tables.get(b"stsc", b"")
    name = next((one for one in _OFFSETS if one in tables), b"")
    if not (name and sizes and runs):
        return []
    offsets = _numbers(tables[name], 4, _OFFSETS[name])
    (same, _), lengths = struct.unpack_from(">II", sizes, 4), _numbers(sizes, 8, "I")
    steps = _numbers(runs, 4, "III")
    stretches, run, reached = [], 0, 0
    for number, at in enumerate(offsets, 1):
        while run + 1 < len(steps) // 3 and steps[3 * run + 3] <= number:
            run += 1
        count = steps[3 * run + 1]
        length = same * count if same else sum(lengths[reached : reached + count])
        stretches.append((at, at + length))
        reached += count
    return stretches


def descriptions_of(data: Data, track: Box) -> bytes:
    """What a track says about how its samples are stored, as it is stored."""
    found = [box for box in _tables(data, track) if box.name == b"stsd"]
    return b"".join(data.read(box.inside, box.end - box.inside) for box in found)


def _tables(data: Data, box: Box) -> list[Box]:
    inside = [box]
    for name in _TABLES:
        inside = [
            inner
            for outer in inside
            for inner in boxes_of(data, outer.inside, outer.end)
            if inner.name == name
        ]
    return [one for outer in inside for one in boxes_of(data, outer.inside, outer.end)]


def _numbers(content: bytes, at: int, form: str) -> tuple[int, ...]:
    """A list of numbers that begins with its length; of one that is cut off what is there."""
    (count,) = struct.unpack_from(">I", content, at)
    there = (len(content) - at - 4) // struct.calcsize(">" + form)
    return struct.unpack_from(f">{min(count, there) * len(form)}{form[0]}", content, at + 4)
