"""The trash of macOS and Windows, which only the system opens: there `undo` is not possible.

Under wine, Windows' was run; macOS' never was.
"""

from __future__ import annotations

import os

from difd.protocol.errors import ActionRefused


def put(path: bytes) -> None:
    """Put a file into the system's trash.

    Raises:
        ActionRefused: it could not be done; the file is where it was.
    """
    # Installed on these systems only.
    from send2trash import send2trash  # noqa: PLC0415

    try:
        send2trash(os.fsdecode(path))
    except OSError as error:
        raise ActionRefused(
            f"It could not be put into the trash: {error.strerror}.", path=path
        ) from error
