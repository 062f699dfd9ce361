"""A verified copy of an open file, under a temporary name and complete before it gets its own."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Final

from difd.actions.files.appearance import dress
from difd.actions.files.witness import confirm_content
from difd.digests import digest_like
from difd.protocol.errors import ActionRefused
from difd.store.action_items import Appearance
from difd.system import files

_CHUNK: Final = 1 << 20


def copy(
    source: int,
    temporary: bytes,
    folder: int,
    *,
    path: bytes,
    digest: bytes,
    appearance: Appearance,
    meanwhile: Callable[[], None] | None = None,
) -> os.stat_result:
    """Copy an open file; the copy is on the disk, read back, and looks like the file.

    Args:
        source: open for reading.
        temporary: where to; a name nobody has.
        folder: a descriptor of the folder in which that is a name.
        path: whose content it is, for what is said when it fails.
        digest: of that content.
        appearance: what the copy looks like.
        meanwhile: called after every piece; what it raises ends the copying.

    Returns:
        The status of the copy.

    Raises:
        ActionRefused: the content is another one; there is no copy.
        OSError: it could not be written; there is no copy.
    """
    try:
        copied = files.open_plain(temporary, files.NEW, folder=folder)
    except FileExistsError as error:
        raise ActionRefused("The name for its temporary copy is taken.", path=path) from error
    try:
        with discarded_on_failure(temporary, folder, os.fstat(copied)):
            if _transfer(source, copied, digest, meanwhile) != digest:
                raise ActionRefused("Its content is not what it was.", path=path)
            os.fsync(copied)
            # What is read back should come from the disk, not from memory.
            files.forget_cached(copied)
            confirm_content(temporary, digest, folder)
            dress(copied, appearance)
            os.fsync(copied)
            return os.fstat(copied)
    finally:
        os.close(copied)


@contextmanager
def discarded_on_failure(temporary: bytes, folder: int, made: os.stat_result) -> Iterator[None]:
    """Remove a file of ours when what is done with it fails or is interrupted.

    Args:
        temporary: its name.
        folder: a descriptor of the folder in which that is a name.
        made: its status; what else has the name by then stays.
    """
    try:
        yield
    except BaseException:
        # What went wrong before is what has to be said.
        with suppress(OSError):
            drop(temporary, folder, made)
        raise


def drop(name: bytes, folder: int, made: os.stat_result) -> None:
    """Remove a file of ours, if the name is still its.

    Raises:
        OSError: it could not be removed.
    """
    if os.path.samestat(files.status(name, folder), made):
        files.unlink(name, folder)


def _transfer(source: int, target: int, like: bytes, meanwhile: Callable[[], None] | None) -> bytes:
    """Write one file into the other; the digest of what was read."""
    state = digest_like(like)
    offset = 0
    while chunk := files.read_at(source, _CHUNK, offset):
        state.update(chunk)
        view = memoryview(chunk)
        while view:
            view = view[os.write(target, view) :]
        offset += len(chunk)
        if meanwhile is not None:
            meanwhile()
    return state.digest()
