"""The action lock: whoever changes files holds it, so that two cannot remove both copies at once.

It lies in the state directory and serves every process of the user, with a daemon or without. Who
holds it writes the number of its process into it, only so that those who wait can say for whom.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final

from difd.protocol.endpoint import ACTION_LOCK
from difd.protocol.errors import ActionRefused
from difd.protocol.ownership import open_file
from difd.system import files, locks

WAIT_MOST: Final = 60.0
"""Seconds; an action may take longer, but nobody waits that long for one without knowing it."""

_EVERY: Final = 0.1
"""Seconds between two attempts."""

_TOLD_EVERY: Final = 1.0
"""Seconds between two words about the waiting."""

OnWait = Callable[[float, int | None], None]
"""Told for how many seconds it has waited so far, and for which process, if that is known."""


def silent(_seconds: float, _pid: int | None) -> None:
    """Say nothing."""


@contextmanager
def action_lock(
    state: Path, on_wait: OnWait = silent, *, limit: float = WAIT_MOST
) -> Iterator[None]:
    """Hold the lock of the state directory; waits while another process holds it.

    Args:
        state: difd's state directory.
        on_wait: told at once, and then every second, while another process holds it.
        limit: seconds to wait at most.

    Raises:
        ActionRefused: the other process did not end in that time.
        OwnFilesUnsafe: the file of the lock is not ours.
    """
    state.mkdir(mode=0o700, parents=True, exist_ok=True)
    descriptor = open_file(state / ACTION_LOCK, os.O_RDWR | os.O_CREAT)
    try:
        _take(descriptor, on_wait, limit)
        try:
            _write_holder(descriptor, b"%d\n" % os.getpid())
            yield
        finally:
            _write_holder(descriptor, b"")
            # Not by closing alone: a child that this process forked meanwhile would go on holding
            # it.
            locks.release(descriptor)
    finally:
        os.close(descriptor)


def _take(descriptor: int, on_wait: OnWait, limit: float) -> None:
    begun, waited, told = time.monotonic(), 0.0, -_TOLD_EVERY
    while True:
        try:
            locks.take(descriptor)
        except BlockingIOError:
            pass
        else:
            return
        holder = _holder(descriptor)
        if waited >= limit:
            who = "" if holder is None else f" (process {holder})"
            raise ActionRefused(
                f"Another difd action is running or hangs{who}; nothing was done.",
                hint="Wait for it, or end that process; what it has begun is settled afterwards.",
            )
        if waited - told >= _TOLD_EVERY:
            told = waited
            on_wait(waited, holder)
        time.sleep(min(_EVERY, limit - waited))
        waited = time.monotonic() - begun


def _holder(descriptor: int) -> int | None:
    written = files.read_at(descriptor, 32, 0).strip()
    return int(written) if written.isdigit() else None


def _write_holder(descriptor: int, text: bytes) -> None:
    # It only names whom others wait for: a full disk is no reason not to act.
    with suppress(OSError):
        os.ftruncate(descriptor, 0)
        files.write_at(descriptor, text, 0)
