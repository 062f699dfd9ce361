"""What `difctl` alone says on a terminal: what this is, and three commands to begin with."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import Final

import platformdirs

from difclient.language.text import harmless

_ELSE: Final = "FOLDER"
"""What is named where the desktop's folder of pictures is not there."""


def welcome() -> str:
    """The lines, with the folder of pictures that was found; it is not looked into."""
    commands = (
        (f"difctl search {_pictures()}", "which pictures are there more than once"),
        ("difctl review", "look at them and decide, in the browser"),
        ("difctl integrate install", "search from the menu of your file manager, too"),
    )
    width = max(len(command) for command, _ in commands)
    lines = [f"  {command:<{width}}   {told}" for command, told in commands]
    return "\n".join(
        (
            "difd finds duplicate and similar images, and never loses one.",
            "",
            "Three commands to begin with:",
            *lines,
            "",
            "A search changes nothing. `difctl --help` lists all commands.",
            "",
        )
    )


def _pictures() -> str:
    """The folder as one would type it."""
    path = platformdirs.user_pictures_path()
    if not path.is_dir():
        return _ELSE
    home = Path.home()
    if path.is_relative_to(home) and path != home:
        # The tilde counts only where it is not quoted.
        return f"~/{shlex.quote(harmless(str(path.relative_to(home))))}"
    return shlex.quote(harmless(str(path)))
