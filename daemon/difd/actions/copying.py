"""A verified copy of an open file, under a temporary name and complete before it gets its own."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Final

from difd.actions.appearance import dress
from difd.actions.witness import confirm_content
from difd.digests import digest_like
from difd.protocol.errors import ActionRefused
from difd.store.action_items import Appearance

_CHUNK: Final = 1 << 20


def copy(
    source: int, temporary: bytes, *, path: bytes, digest: bytes, appearance: Appearance
) -> None:
    """Copy an open file; the copy is on the disk, read back, and looks like the file.

    Args:
        source: open for reading.
        temporary: where to; a name nobody has.
        path: whose content it is, for what is said when it fails.
        digest: of that content.
        appearance: what the copy looks like.

    Raises:
        ActionRefused: the content is another one; there is no copy.
        OSError: it could not be written; there is no copy.
    """
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
    try:
        copied = os.open(temporary, flags, 0o600)
    except FileExistsError as error:
        raise ActionRefused("The name for its temporary copy is taken.", path=path) from error
    try:
        with discarded_on_failure(temporary):
            if _transfer(source, copied, digest) != digest:
                raise ActionRefused("Its content is not what it was.", path=path)
            os.fsync(copied)
            if sys.platform == "linux":
                # What is read back should come from the disk, not from memory.
                os.posix_fadvise(copied, 0, 0, os.POSIX_FADV_DONTNEED)
            confirm_content(temporary, digest)
            dress(copied, appearance)
            os.fsync(copied)
    finally:
        os.close(copied)


@contextmanager
def discarded_on_failure(temporary: bytes) -> Iterator[None]:
    """Remove a file of ours when what is done with it fails or is interrupted."""
    try:
        yield
    except BaseException:
        # What went wrong before is what has to be said.
        with suppress(OSError):
            os.unlink(temporary)
        raise


def _transfer(source: int, target: int, like: bytes) -> bytes:
    """Write one file into the other; the digest of what was read, of the kind of a known one."""
    state = digest_like(like)
    offset = 0
    while chunk := os.pread(source, _CHUNK, offset):
        state.update(chunk)
        view = memoryview(chunk)
        while view:
            view = view[os.write(target, view) :]
        offset += len(chunk)
    return state.digest()
