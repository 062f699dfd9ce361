"""What the system's package manager knows: which version is there, and how to get what is not.

File managers are not asked for their version: most cannot answer without a screen, and some start
half a desktop to do so.
"""

from __future__ import annotations

import re
import shutil
import subprocess
from collections.abc import Mapping
from typing import Final

_QUERIES: Final = {
    "dpkg-query": ("--show", "--showformat=${Version}"),
    "rpm": ("--query", "--queryformat=%{VERSION}"),
    "pacman": ("--query",),
}
_INSTALLERS: Final = {
    "apt": "sudo apt install",
    "dnf": "sudo dnf install",
    "pacman": "sudo pacman -S",
}
_ANSWER_SECONDS: Final = 10.0


def program_version(program: str) -> str | None:
    """The version of a program whose package has its name.

    Args:
        program: looked up in the path.

    Returns:
        None if it is not there, `?` if no package manager knows it.
    """
    if shutil.which(program) is None:
        return None
    for manager, arguments in _QUERIES.items():
        found = shutil.which(manager)
        if found is None:
            continue
        try:
            done = subprocess.run(  # noqa: S603  arguments as a list
                [found, *arguments, program],
                stdin=subprocess.DEVNULL,
                capture_output=True,
                timeout=_ANSWER_SECONDS,
                check=False,
                text=True,
            )
        except (OSError, subprocess.TimeoutExpired):
            continue
        version = re.search(r"(?:^|\s|:)([0-9]+(?:\.[0-9]+)+)", done.stdout)
        if done.returncode == 0 and version:
            return version[1]
    return "?"


def installing(packages: Mapping[str, str]) -> str | None:
    """The command that installs a package; None if we do not know this system's.

    Args:
        packages: its name for `apt`, `dnf` and `pacman`.
    """
    for manager, words in _INSTALLERS.items():
        if shutil.which(manager) is not None and manager in packages:
            return f"{words} {packages[manager]}"
    return None
