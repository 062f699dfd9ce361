"""A change of names that is taken back when what follows it fails; what cannot be is said.

Whoever is refused is settled by nobody: if the file has another name by then, its owner must hear
which one.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from difd.actions.files.folders import real_path
from difd.protocol.errors import ActionRefused


@contextmanager
def taken_back(path: bytes, folder: int, name: bytes, back: Callable[[], object]) -> Iterator[None]:
    """Give a file its name again if the body fails.

    Args:
        path: of the file, before it got another name.
        folder: a descriptor of the folder in which it is now.
        name: its name there.
        back: gives it its own again.

    Raises:
        ActionRefused: that could not be done; the sentence says where the file is.
        What the body raised, if it has its name again, or is gone.
    """
    try:
        yield
    except BaseException as fault:
        # An interrupt can come right after it went; what it leaves otherwise is settled.
        try:
            back()
        except FileNotFoundError:
            pass
        except OSError as error:
            if isinstance(fault, Exception):
                where = os.path.join(real_path(folder, os.path.dirname(path)), name)
                raise ActionRefused(
                    f"It is at {os.fsdecode(where)!r} now, and could not be brought back: "
                    f"{error.strerror}.",
                    path=path,
                ) from fault
        raise
