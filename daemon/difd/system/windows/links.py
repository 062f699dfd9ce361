"""ReFS alone has such copies, and they are not made here."""

from __future__ import annotations

import errno
from typing import Final

HAS_CLONES: Final = False
"""Whether they can be made here, if the file system has them."""


def clone(_source: int, _target: int) -> None:
    """Have one open file share the bytes of another.

    Raises:
        OSError: always, with `ENOTSUP`.
    """
    raise OSError(errno.ENOTSUP, "this system makes no such copies")
