"""Whether the tray starts with the desktop: an entry in the folder that all Linux desktops read.

On Windows it is a value in the Run key of the registry.

Desktops and people change such entries: what they wrote is read, and never replaced or removed.
"""

from __future__ import annotations

import configparser
import os
from pathlib import Path
from typing import Final

from difclient.autostart.run_key import TRAY, RunKey
from difd.protocol.errors import ActionRefused
from difd.system import facts
from difshell.footprint import Content, Footprint
from difshell.plugin import IntegrationRefused
from difshell.surroundings import Surroundings

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

_CHANGED: Final = (
    "The entry that starts the tray at login was changed by somebody else, and was left alone."
)


def is_possible() -> bool:
    """Whether it can be done on this system."""
    return facts.LINUX or facts.WINDOWS


def is_enabled() -> bool:
    """Whether the tray starts at login; desktops switch an entry off rather than remove it."""
    if facts.WINDOWS:
        return RunKey(TRAY).is_enabled()
    entry = configparser.RawConfigParser(strict=False)
    try:
        entry.read(_entry(_surroundings()), encoding="utf-8")
        words = entry["Desktop Entry"]
    except (configparser.Error, UnicodeDecodeError, KeyError, OSError):
        return False
    off = words.get("Hidden", "false"), words.get("X-GNOME-Autostart-enabled", "true")
    return off == ("false", "true")


def enable() -> None:
    """Start the tray at every login.

    Raises:
        ActionRefused: somebody else wrote or changed the entry, which stays as it is.
        OSError: it cannot be written.
    """
    if facts.WINDOWS:
        RunKey(TRAY).enable()
        return
    surroundings = _surroundings()
    text = _ENTRY.format(command=" ".join(map(_quoted, surroundings.command)))
    try:
        Footprint("tray", surroundings).write({_entry(surroundings): Content(text)})
    except IntegrationRefused as refusal:
        raise _refused(surroundings) from refusal


def disable() -> None:
    """Do not start it any more.

    Raises:
        ActionRefused: somebody else wrote or changed the entry, which stays as it is.
        OSError: it cannot be removed.
    """
    if facts.WINDOWS:
        RunKey(TRAY).disable()
        return
    surroundings = _surroundings()
    try:
        Footprint("tray", surroundings).remove()
    except IntegrationRefused as refusal:
        raise _refused(surroundings) from refusal
    if _entry(surroundings).exists():
        raise _refused(surroundings)


def _refused(surroundings: Surroundings) -> ActionRefused:
    entry = os.fsencode(_entry(surroundings))
    return ActionRefused(_CHANGED, path=entry, hint="Change or remove it yourself.")


def _surroundings() -> Surroundings:
    return Surroundings.of_user("en")


def _entry(surroundings: Surroundings) -> Path:
    return surroundings.config / "autostart" / "difd-tray.desktop"


def _quoted(word: str) -> str:
    """A word of an `Exec` line, by the rules of the Desktop Entry Specification."""
    escaped = word.replace("\\", "\\\\\\\\")
    for letter in '"`$':
        escaped = escaped.replace(letter, "\\\\" + letter)
    return '"' + escaped.replace("%", "%%") + '"'
