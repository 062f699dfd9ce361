"""What to type, or to set, for what only the user can mend: a POSIX shell's commands."""

from __future__ import annotations

import os
import shlex
from typing import Final

OTHER_FOLDERS: Final = "Point HOME and the XDG variables to directories of your own."
OTHER_RUNTIME: Final = "Set XDG_RUNTIME_DIR and XDG_STATE_HOME to directories of your own."
OTHER_CACHE: Final = "Point the XDG variable of this directory to a disk of this machine"
OTHER_PLACE: Final = "Point the XDG variable of this directory to where you may write"


def keep_others_out(path: str, *, of_all: bool) -> str:
    """Have nobody else change a file or folder; `of_all`: nor look into it."""
    return f"chmod {'go-rwx' if of_all else 'go-w'} {_quoted(path)}"


def let_me_in(path: str) -> str:
    """Have the user read and write what is his."""
    return f"chmod u+rwx {_quoted(path)}"


def move_away(path: str) -> str:
    """Give what is at a path another name."""
    return f"mv {_quoted(path)} {_quoted(path)}.old"


def remove_link(path: str) -> str:
    """Take a link to a folder away, and leave the folder."""
    return f"rm {_quoted(path)}"


def replace_by_copy(path: str) -> str:
    """Put a copy of a file in the place of a link to it, or of its second name."""
    source, quoted = _quoted(os.path.realpath(path)), _quoted(path)
    return f"cp -p {source} {quoted}.new && mv -f {quoted}.new {quoted}"


def _quoted(path: str) -> str:
    return shlex.quote(path)
