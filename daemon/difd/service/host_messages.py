"""What the daemon and its engine host say to each other, and how it is framed on their pipe.

A frame is four bytes of length, little-endian, and one msgpack struct. Both ends are ours and of
the same version: the daemon starts the host from its own installation.
"""

from __future__ import annotations

import struct
from typing import Final

import msgspec

from difd.protocol.errors import ErrorInfo
from difd.protocol.options import SearchOptions
from difd.protocol.results import Progress, Summary

LENGTH: Final = struct.Struct("<I")
"""The four bytes before every frame."""


class RunSearch(msgspec.Struct, frozen=True, tag="run"):
    """Take this job up; one at a time."""

    job: str
    options: SearchOptions


class StopSearch(msgspec.Struct, frozen=True, tag="stop"):
    """Give this job up; `SearchFailed` with the code of a cancelled job follows."""

    job: str


class MakeThumbnail(msgspec.Struct, frozen=True, tag="thumbnail"):
    """Make a small picture of a file; `ThumbnailMade` with the same number follows."""

    number: int
    path: bytes
    size: int


Command = RunSearch | StopSearch | MakeThumbnail


class SearchStarted(msgspec.Struct, frozen=True, tag="started"):
    """The job was taken up."""

    job: str


class SearchProgressed(msgspec.Struct, frozen=True, tag="progressed"):
    """The job got further; at most five times a second."""

    job: str
    progress: Progress


class SearchRows(msgspec.Struct, frozen=True, tag="rows"):
    """A page of the result: a msgpack array whose first element is row `first_row`."""

    job: str
    first_row: int
    rows: bytes


class SearchFinished(msgspec.Struct, frozen=True, tag="finished"):
    """All rows were sent."""

    job: str
    summary: Summary


class SearchFailed(msgspec.Struct, frozen=True, tag="failed"):
    """The job ended without a result."""

    job: str
    error: ErrorInfo


class ThumbnailMade(msgspec.Struct, frozen=True, tag="thumbnail_made"):
    """A JPEG or PNG file, or why there is none."""

    number: int
    image: bytes | None
    reason: str | None


Report = (
    SearchStarted | SearchProgressed | SearchRows | SearchFinished | SearchFailed | ThumbnailMade
)

decode_command = msgspec.msgpack.Decoder(Command).decode
decode_report = msgspec.msgpack.Decoder(Report).decode
_encode = msgspec.msgpack.Encoder().encode


def frame(message: msgspec.Struct) -> bytes:
    """The message with its length in front."""
    payload = _encode(message)
    return LENGTH.pack(len(payload)) + payload
