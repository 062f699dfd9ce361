"""Folders as people type them, and as they pick them from a list."""

from __future__ import annotations

import os
import re
from typing import Final
from urllib.parse import unquote_to_bytes

import msgspec

from difclient.language.catalogue import _
from difclient.paths import absolute_path, existing_path
from difclient.remote import is_elsewhere
from difd.protocol.errors import PathUnreadable, UsageError
from difd.protocol.places import absolute
from difd.system import facts, paths

FOLDERS_MAX: Final = 2000
"""Most folders that a list has."""


class Listing(msgspec.Struct, frozen=True):
    """What is in a folder.

    Attributes:
        path: the folder.
        above: the one that it is in, None at the root.
        folders: those in it, hidden ones left out, by name.
        more: there are others than those listed.
    """

    path: bytes
    above: bytes | None
    folders: tuple[bytes, ...]
    more: bool


def typed_folder(text: str) -> bytes:
    """One folder as it was typed; `~` is the user's home.

    Raises:
        UsageError: nothing was typed, or on another machine a path that is not absolute.
    """
    given = text.strip()
    if not given:
        raise UsageError(_("Say which folder."))
    if not is_elsewhere():
        given = os.path.expanduser(given)
        if not paths.is_absolute(os.fsencode(given)):
            raise _not_whole(given[:80])
    return absolute_path(given)


def typed_places(text: str) -> list[bytes]:
    """Folders and files that are there, as they were typed or pasted: `;` or lines between them.

    Raises:
        PathNotFound: one of them is not there.
        UsageError: one of them is not absolute.
    """
    parts = [part.strip().strip('"') for part in re.split("[;\n]", text)]
    return [existing_path(os.fsdecode(typed_folder(part))) for part in parts if part]


def picked_place(text: str) -> bytes:
    """A path as the page sends it back: percent-encoded, because names need not be UTF-8.

    Raises:
        UsageError: it is not absolute.
    """
    path = unquote_to_bytes(text)
    elsewhere = is_elsewhere()
    whole = path.startswith(b"/") if elsewhere else paths.is_absolute(path)
    if not whole or b"\0" in path:
        raise _not_whole("")
    return path if elsewhere else absolute(path)


def _not_whole(text: str) -> UsageError:
    """What to say of a path that is not absolute; of one that was typed, with the text."""
    if facts.WINDOWS:
        return UsageError(_("Type the whole path of the folder, from the drive on."))
    if text:
        return UsageError(_("A folder begins with / or ~: “%(text)s”.", text=text))
    return UsageError(_("Type the whole path of the folder, from / on."))


def list_folder(path: bytes | None) -> Listing:
    """What is in a folder of this machine; by default the user's home, or / without one.

    Raises:
        UsageError: the daemon is on another machine.
        PathUnreadable: it is no folder, or cannot be read.
    """
    if is_elsewhere():
        raise UsageError(_("The folders are on another machine; type their paths."))
    home = os.fsencode(os.path.expanduser("~"))
    place = path or (home if os.path.isdir(home) else os.path.abspath(paths.SLASH))
    try:
        with os.scandir(place) as entries:
            found = sorted(
                entry.path
                for entry in entries
                if not entry.name.startswith(b".") and entry.is_dir(follow_symlinks=False)
            )
    except OSError as error:
        raise PathUnreadable(
            _("The folder cannot be read: %(system)s.", system=error.strerror), path=place
        ) from error
    above = os.path.dirname(place)
    return Listing(
        place,
        None if above == place else above,
        tuple(found[:FOLDERS_MAX]),
        len(found) > FOLDERS_MAX,
    )
