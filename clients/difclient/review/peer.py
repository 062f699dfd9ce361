"""Which user is at the other end of a loopback connection.

Every user of a machine can connect to its loopback ports, and can read the command line of the
browser, where the address stands for a moment. The kernel knows whose each socket is.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Final

from difd.system import facts

_TABLE: Final = Path("/proc/net/tcp")
_LOCAL, _REMOTE, _USER = 1, 2, 7


def is_stranger(peer: tuple[str, int], here: tuple[str, int]) -> bool:
    """Whether a connection comes from a process of another user.

    Args:
        peer: the other end, as the server sees it: an IPv4 address and a port.
        here: our own end.

    Returns:
        True also if the system should know and does not. Systems other than Linux tell nothing,
        and there it is False: then the secret alone decides.
    """
    if not facts.LINUX:
        return False
    wanted = [_spelled(peer), _spelled(here)]
    for line in _TABLE.read_text(encoding="ascii").splitlines()[1:]:
        fields = line.split()
        if [fields[_LOCAL], fields[_REMOTE]] == wanted:
            return int(fields[_USER]) != os.getuid()
    return True


def _spelled(end: tuple[str, int]) -> str:
    """The address as the kernel's table has it: bytes in the machine's order, hexadecimal."""
    parts = bytes(int(part) for part in end[0].split("."))
    return f"{int.from_bytes(parts, sys.byteorder):08X}:{end[1]:04X}"
