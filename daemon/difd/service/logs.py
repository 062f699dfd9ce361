"""The daemon's log: owner-only, in the state directory, rotated so that it never grows large."""

from __future__ import annotations

import logging
from logging.handlers import RotatingFileHandler
from pathlib import Path
from typing import Final

from difd.protocol.ownership import open_file

LOG_BYTES: Final = 1024 * 1024
"""Size at which the log is turned over; three older ones are kept."""

_FORMAT = "%(asctime)s %(levelname)s %(name)s %(message)s"


class _OwnerOnlyHandler(RotatingFileHandler):
    """A rotating handler whose files nobody else can read."""

    def _open(self):  # type: ignore[no-untyped-def]  # noqa: ANN202  as the base class declares it
        def opener(path: str, flags: int) -> int:
            return open_file(Path(path), flags)

        return open(
            self.baseFilename, self.mode, encoding=self.encoding, errors=self.errors, opener=opener
        )


def start_logging(path: Path, *, foreground: bool) -> None:
    """Send the process's log to `path`, and to stderr as well when in the foreground."""
    handlers: list[logging.Handler] = [
        _OwnerOnlyHandler(
            path, maxBytes=LOG_BYTES, backupCount=3, encoding="utf-8", errors="backslashreplace"
        )
    ]
    if foreground:
        handlers.append(logging.StreamHandler())
    logging.basicConfig(level=logging.INFO, format=_FORMAT, handlers=handlers)
