"""Opening a picture's file safely: regular files only, no links, and unchanged while it is read."""

from __future__ import annotations

import io
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from typing import IO, Final

import msgspec

from difd.digests import digest_of, former_digest_of, new_digest, new_former_digest
from difd.engine.formats import Refused, reason_of
from difd.system import files

_IN_MEMORY: Final = 64 << 20
"""Files up to this size are read once, digested and decoded from memory; larger ones twice."""

_CHUNK: Final = 1 << 20

_BLANK: Final = "its content is not here: all of its bytes are alike"
"""Placeholders of cloud clients and copies that failed. Two of them are no copies of each other."""


class Source(msgspec.Struct, frozen=True):
    """A file that is open for decoding.

    Attributes:
        stream: its bytes, seekable.
        digest: of its bytes (see `digests`).
        former: what version 1.0 called this content.
        status: `fstat` when it was opened.
    """

    stream: IO[bytes]
    digest: bytes
    former: bytes
    status: os.stat_result

    def has_content(self, digest: bytes) -> bool:
        """Whether these are the bytes with a known digest, which version 1.0 may have made."""
        return digest in (self.digest, self.former)


@contextmanager
def open_source(path: bytes) -> Iterator[Source]:
    """Open a regular file, digest it, and check at the end that it did not change meanwhile.

    Raises:
        Refused: it is no regular file, a link, unreadable, gone, blank, or it changed.
    """
    try:
        descriptor = files.open_plain(path)
    except OSError as error:
        raise Refused(reason_of(error)) from None
    try:
        status = files.open_status(descriptor)
        if not stat.S_ISREG(status.st_mode):
            raise Refused("is not a regular file")
        if status.st_size <= _IN_MEMORY:
            yield Source(*_read(descriptor, status.st_size), status)
        else:
            with os.fdopen(descriptor, "rb", buffering=0, closefd=False) as file:
                yield Source(*_read_twice(file), status)
        if _stamp(files.open_status(descriptor)) != _stamp(status):
            raise Refused("changed while it was read")
    finally:
        os.close(descriptor)


def _read(descriptor: int, size: int) -> tuple[IO[bytes], bytes, bytes]:
    data = os.read(descriptor, size + 1)  # a byte more shows the end
    if len(data) != size:
        data = b"".join((data, *iter(lambda: os.read(descriptor, _CHUNK), b"")))
    if data and _is_blank(data, data[:1]):
        raise Refused(_BLANK)
    return io.BytesIO(data), digest_of(data), former_digest_of(data)


def _read_twice(file: io.FileIO) -> tuple[IO[bytes], bytes, bytes]:
    former = new_former_digest()
    state = new_digest()
    first = file.read(1)
    file.seek(0)
    blank = True
    while chunk := file.read(_CHUNK):
        state.update(chunk)
        former.update(chunk)
        blank = blank and _is_blank(chunk, first)
    if blank:
        raise Refused(_BLANK)
    file.seek(0)
    return io.BufferedReader(file), state.digest(), former.digest()


def _is_blank(data: bytes, byte: bytes) -> bool:
    return data[-1:] == byte and not data.lstrip(byte)


def _stamp(status: os.stat_result) -> tuple[int, int, int]:
    return status.st_size, status.st_mtime_ns, status.st_ctime_ns
