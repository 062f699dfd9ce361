"""What stands against taking a file from its place: rights, owners, programs that write to it.

Asked before anything happens, so that a refusal is one sentence and nothing has to be undone. Who
may write to a file decides, even where the folder would let it be moved.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Final

from difd.protocol import rights
from difd.protocol.errors import ActionRefused
from difd.system import leases

_WRITTEN: Final = "Another program is writing to it."


def obstacle(path: bytes) -> str | None:
    """Why a file must not be taken from its place, a sentence; None if nothing is against it."""
    return rights.obstacle(path)


@contextmanager
def unwritten(descriptor: int, path: bytes) -> Iterator[Callable[[], None]]:
    """Make sure that no program has a file open for writing, and have those wait that want to.

    It is a lease of the kernel, which counts for all names of the file. Whoever opens it for
    writing waits until we are done, a few milliseconds. Where there are no leases (other systems,
    network file systems, files of other users) nobody knows, and nothing is made sure of.

    Args:
        descriptor: open for reading only.
        path: whose it is, for what is said.

    Yields:
        A function that makes sure again, to be called right before the file goes.

    Raises:
        ActionRefused: some program has it open for writing, or wants to.
    """
    try:
        held = leases.take(descriptor)
    except BlockingIOError as error:
        raise ActionRefused(_WRITTEN, path=path) from error
    if not held:
        yield _nothing
        return

    def look_again() -> None:
        if not leases.is_whole(descriptor):
            raise ActionRefused(_WRITTEN, path=path)

    try:
        yield look_again
    finally:
        # Not by closing alone: a child that this process forked meanwhile would go on holding it.
        with suppress(OSError):
            leases.release(descriptor)


def _nothing() -> None:
    """Nobody knows."""
