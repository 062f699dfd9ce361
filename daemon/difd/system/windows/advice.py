"""What to type, or to set, for what only the user can mend: commands of both shells of Windows."""

from __future__ import annotations

import ntpath
import os
from typing import Final

from difd.system.windows.paths import plain

OTHER_FOLDERS: Final = "Sign in as the user whose profile it is, or give that profile back to him."
OTHER_RUNTIME: Final = "See that you may write to your profile, and that its disk is not full."
OTHER_CACHE: Final = "See that your profile lies on a disk of this computer"
OTHER_PLACE: Final = "See that you may write to your profile"


def keep_others_out(path: str, *, of_all: bool) -> str:  # noqa: ARG001  a profile is nobody else's
    """Have nobody else change a file or folder: it gets the rights of the folder above it."""
    return f"icacls {_quoted(path)} /reset"


def let_me_in(path: str) -> str:
    """Have the user read and write what is his: the same."""
    return f"icacls {_quoted(path)} /reset"


def move_away(path: str) -> str:
    """Give what is at a path another name."""
    return f"move {_quoted(path)} {_quoted(path + '.old')}"


def remove_link(path: str) -> str:
    """Take a junction or link to a folder away, and leave the folder."""
    return f"rmdir {_quoted(path)}"


def replace_by_copy(path: str) -> str:
    """Put a copy of a file in the place of a link to it, or of its second name."""
    source, new = _quoted(os.path.realpath(path)), _quoted(path + ".new")
    quoted, name = _quoted(path), _quoted(ntpath.basename(path))
    return f"copy {source} {new}, then del {quoted}, then ren {new} {name}"


def _quoted(path: str) -> str:
    # No name on Windows has quotes in it.
    return f'"{os.fsdecode(plain(os.fsencode(path)))}"'
