"""The action lock: whoever changes files holds it, so that two cannot remove both copies at once.

It lies in the state directory and serves every process of the user, with a daemon or without.
"""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from difd.protocol.endpoint import ACTION_LOCK


@contextmanager
def action_lock(state: Path) -> Iterator[None]:
    """Hold the lock of the state directory; waits while another process holds it."""
    state.mkdir(mode=0o700, parents=True, exist_ok=True)
    flags = os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW
    descriptor = os.open(state / ACTION_LOCK, flags, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        # Not by closing alone: a child that this process forked meanwhile would go on holding it.
        fcntl.flock(descriptor, fcntl.LOCK_UN)
        os.close(descriptor)
