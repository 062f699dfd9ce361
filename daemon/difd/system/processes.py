"""Processes of ours: how they start beside this one, end with it, and what they may take."""

from __future__ import annotations

import sys

if sys.platform == "win32":
    from difd.system.windows.processes import (
        Bound,
        Word,
        allow_files,
        can_fork,
        connection_of,
        end_with_host,
        file_limit,
        forget_for_now,
        give_back_memory,
        give_way,
        has_open,
        ignore_interrupts,
        is_alive,
        is_named,
        keep_memory,
        limit_this,
        resident_bytes,
        resident_files,
        start_detached,
        word_of,
    )
else:
    from difd.system.posix.processes import (
        Bound,
        Word,
        allow_files,
        can_fork,
        connection_of,
        end_with_host,
        file_limit,
        forget_for_now,
        give_back_memory,
        give_way,
        has_open,
        ignore_interrupts,
        is_alive,
        is_named,
        keep_memory,
        limit_this,
        resident_bytes,
        resident_files,
        start_detached,
        word_of,
    )

__all__ = [
    "Bound",
    "Word",
    "allow_files",
    "can_fork",
    "connection_of",
    "end_with_host",
    "file_limit",
    "forget_for_now",
    "give_back_memory",
    "give_way",
    "has_open",
    "ignore_interrupts",
    "is_alive",
    "is_named",
    "keep_memory",
    "limit_this",
    "resident_bytes",
    "resident_files",
    "start_detached",
    "word_of",
]
