"""Processes of ours: how they start beside this one, end with it, and what they may take."""

from __future__ import annotations

import sys

if sys.platform == "win32":
    from difd.system.windows.processes import (
        Bound,
        Word,
        age,
        allow_files,
        become,
        connection_of,
        end_with_host,
        file_limit,
        give_way,
        has_open,
        how_to_end,
        ignore_interrupts,
        is_alive,
        is_in_front,
        is_named,
        keep_memory,
        limit_this,
        start_beside,
        start_detached,
        word_of,
    )
else:
    from difd.system.posix.processes import (
        Bound,
        Word,
        age,
        allow_files,
        become,
        connection_of,
        end_with_host,
        file_limit,
        give_way,
        has_open,
        how_to_end,
        ignore_interrupts,
        is_alive,
        is_in_front,
        is_named,
        keep_memory,
        limit_this,
        start_beside,
        start_detached,
        word_of,
    )

__all__ = [
    "Bound",
    "Word",
    "age",
    "allow_files",
    "become",
    "connection_of",
    "end_with_host",
    "file_limit",
    "give_way",
    "has_open",
    "how_to_end",
    "ignore_interrupts",
    "is_alive",
    "is_in_front",
    "is_named",
    "keep_memory",
    "limit_this",
    "start_beside",
    "start_detached",
    "word_of",
]
