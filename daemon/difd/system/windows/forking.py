"""Copies of a process, which Windows does not make."""

from __future__ import annotations

from collections.abc import Callable


def can_fork() -> bool:
    """Whether a copy of this process may be made."""
    return False


class Copy:
    """A process that was forked: there are none.

    Raises:
        OSError: always.
    """

    pid: int = 0

    def __init__(self, run: Callable[[int], None], connection: int, lifeline: int) -> None:  # noqa: ARG002  as on POSIX
        raise OSError("Windows makes no copies of processes")

    def kill(self) -> None:
        """End it now."""

    def wait(self, timeout: float | None = None) -> int:  # noqa: ARG002  there is none
        """Its status."""
        return 0
