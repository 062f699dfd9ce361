"""Whether the tray starts with the desktop: an entry in the folder that all Linux desktops read."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Final

_ENTRY: Final = """\
[Desktop Entry]
Type=Application
Name=difd
Comment=Finds duplicate and similar images
Exec={command} tray
Icon=edit-find
NoDisplay=true
X-GNOME-Autostart-enabled=true
"""


def is_possible() -> bool:
    """Whether this system has such a folder."""
    return sys.platform.startswith("linux")


def is_enabled() -> bool:
    """Whether the tray starts at login."""
    return _entry().exists()


def enable() -> None:
    """Start the tray at every login.

    Raises:
        OSError: the entry cannot be written.
    """
    entry = _entry()
    entry.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    temporary = entry.with_suffix(".tmp")
    temporary.write_text(_ENTRY.format(command=_quoted(str(_difctl()))), encoding="utf-8")
    temporary.replace(entry)


def disable() -> None:
    """Do not start it any more.

    Raises:
        OSError: the entry cannot be removed.
    """
    _entry().unlink(missing_ok=True)


def _entry() -> Path:
    base = os.environ.get("XDG_CONFIG_HOME") or "~/.config"
    return Path(base).expanduser() / "autostart" / "difd-tray.desktop"


def _difctl() -> Path:
    """The command beside the Python that runs us: a desktop knows no virtual environment."""
    return Path(sys.executable).with_name("difctl")


def _quoted(word: str) -> str:
    """A word of an `Exec` line, by the rules of the Desktop Entry Specification."""
    escaped = word.replace("\\", "\\\\\\\\")
    for letter in '"`$':
        escaped = escaped.replace(letter, "\\\\" + letter)
    return '"' + escaped.replace("%", "%%") + '"'
