"""What a hint tells the user to type or to set, as the system's own shell takes it."""

from __future__ import annotations

import sys

if sys.platform == "win32":
    from difd.system.windows.advice import (
        OTHER_CACHE,
        OTHER_FOLDERS,
        OTHER_PLACE,
        OTHER_RUNTIME,
        keep_others_out,
        let_me_in,
        move_away,
        remove_link,
        replace_by_copy,
    )
else:
    from difd.system.posix.advice import (
        OTHER_CACHE,
        OTHER_FOLDERS,
        OTHER_PLACE,
        OTHER_RUNTIME,
        keep_others_out,
        let_me_in,
        move_away,
        remove_link,
        replace_by_copy,
    )

__all__ = [
    "OTHER_CACHE",
    "OTHER_FOLDERS",
    "OTHER_PLACE",
    "OTHER_RUNTIME",
    "keep_others_out",
    "let_me_in",
    "move_away",
    "remove_link",
    "replace_by_copy",
]
