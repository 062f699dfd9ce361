"""An error as data; apart from `errors`, as msgspec is half of what starting a daemon imports."""

from __future__ import annotations

import msgspec


class ErrorInfo(msgspec.Struct, frozen=True, omit_defaults=True):
    """An error as it crosses the socket and lies in the job journal."""

    code: str
    message: str
    path: bytes | None = None
    hint: str | None = None
    retryable: bool = False
