"""Whose files and folders are, and who else may change what they hold."""

from __future__ import annotations

import sys

if sys.platform == "win32":
    from difd.system.windows.owners import (
        belongs_to,
        could_have_made,
        everybody_may_write,
        is_mine,
        is_of_somebody_trusted,
        is_read_only,
        my_number,
        only_owner_takes_away,
        others_may_exchange,
        others_may_read,
        others_may_write,
        runs_as_root_for,
        way,
    )
else:
    from difd.system.posix.owners import (
        belongs_to,
        could_have_made,
        everybody_may_write,
        is_mine,
        is_of_somebody_trusted,
        is_read_only,
        my_number,
        only_owner_takes_away,
        others_may_exchange,
        others_may_read,
        others_may_write,
        runs_as_root_for,
        way,
    )

__all__ = [
    "belongs_to",
    "could_have_made",
    "everybody_may_write",
    "is_mine",
    "is_of_somebody_trusted",
    "is_read_only",
    "my_number",
    "only_owner_takes_away",
    "others_may_exchange",
    "others_may_read",
    "others_may_write",
    "runs_as_root_for",
    "way",
]
