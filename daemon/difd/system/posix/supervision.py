"""What a supervisor such as systemd hands over and hears: a unix socket, and datagrams."""

from __future__ import annotations

import socket
from contextlib import suppress


def taken_over(descriptor: int) -> str | None:
    """Where a listening socket that was handed over listens; it is ours from now on.

    Returns:
        Its path; None if it is another kind of socket, or has none.

    Raises:
        OSError: it is no socket.
    """
    given = socket.socket(fileno=descriptor)
    try:
        given.set_inheritable(False)
        given.setblocking(False)  # noqa: FBT003  positional only
        address = given.getsockname() if given.family == socket.AF_UNIX else None
    finally:
        given.detach()
    return address or None


def tell(address: str, state: str) -> None:
    """Send a datagram; one that nobody listens for is no reason to stop."""
    if address.startswith("@"):
        address = "\0" + address[1:]
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as line, suppress(OSError):
        line.sendto(state.encode(), address)
