"""Where difd keeps its files, what is configured, and what the system allows."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from difd.protocol.endpoint import configuration_directory, settings_path, user_endpoint
from difd.protocol.errors import DifdError, OwnFilesUnsafe
from difd.protocol.findings import Finding, State
from difd.protocol.ownership import check_folder
from difd.protocol.remote import user_remote_files
from difd.protocol.settings import value_of
from difd.store import settings_file
from difd.store.cache.layout import default_directory
from difd.store.freshness import is_local
from difd.system import advice, facts, processes

SPACE_NEEDED: Final = 64 << 20
"""Free bytes below which results and records may fail to be written."""

SPACE_WANTED: Final = 1 << 30
"""Free bytes below which a large search may fill the disk."""

FILES_WANTED: Final = 4096
"""Open files that the system should grant: the daemon's connections take an eighth of them."""

WATCHES_WANTED: Final = 65536
"""Folders that the system should be willing to watch."""

_MIB: Final = 1 << 20
_INOTIFY: Final = Path("/proc/sys/fs/inotify/max_user_watches")


def directories(section: str) -> Iterator[Finding]:
    """Owner, modes, free space and kind of file system of all directories."""
    endpoint = user_endpoint()
    for name, path, private in (
        ("runtime", endpoint.runtime, True),
        ("state", endpoint.state, False),
        ("cache", default_directory(), False),
        ("configuration", configuration_directory(), False),
    ):
        yield _directory(section, name, path, private=private)


def _directory(section: str, name: str, path: Path, *, private: bool) -> Finding:
    shown = os.fsencode(path).decode(errors="backslashreplace")
    try:
        check_folder(path, private=private)
    except OwnFilesUnsafe as error:
        return _refused(section, name, error)
    if not os.path.lexists(path):
        return _missing(section, name, path, shown)
    if not os.access(path, os.W_OK | os.X_OK):
        hint = advice.let_me_in(shown)
        return Finding(section, name, "broken", f"it cannot be written to: {shown}", hint)
    free = shutil.disk_usage(path).free
    space = f"{free // _MIB:,} MiB free"
    if free < SPACE_WANTED:
        state: State = "broken" if free < SPACE_NEEDED else "doubtful"
        return Finding(section, name, state, f"only {space}: {shown}", "Make room on this disk")
    is_away = facts.LINUX and not is_local(os.lstat(path).st_dev)  # others do not tell
    if name != "configuration" and is_away:
        hint = advice.OTHER_CACHE
        says = f"on the network, where locks are unsure and databases slow; {space}: {shown}"
        return Finding(section, name, "doubtful", says, hint)
    return Finding(section, name, "good", f"{space}: {shown}")


def _missing(section: str, name: str, path: Path, shown: str) -> Finding:
    """What is not there yet has to have its place."""
    above = next(folder for folder in path.parents if folder.exists())
    if os.access(above, os.W_OK | os.X_OK):
        return Finding(section, name, "good", f"will be made when needed: {shown}")
    hint = advice.OTHER_PLACE
    return Finding(section, name, "broken", f"cannot be made: {shown}", hint)


def settings(section: str) -> Iterator[Finding]:
    """The configuration file, and the files with keys."""
    path = settings_path()
    try:
        configured = settings_file.parse(settings_file.read_text(path), path)
    except DifdError as error:
        yield _refused(section, "configuration", error)
    else:
        says = "valid" if configured.given else "all at their defaults"
        yield Finding(section, "configuration", "good", says)
        for name in configured.given:
            yield Finding(section, name, "good", repr(value_of(configured.settings, name)))
    files = user_remote_files()
    try:
        allowed, listening = files.allowed(), files.listening()
        files.hosts()
    except DifdError as error:
        yield _refused(section, "other machines", error)
    else:
        says = f"{len(allowed)} may connect" if listening else "none may connect"
        yield Finding(section, "other machines", "good", says)


def _refused(section: str, name: str, error: DifdError) -> Finding:
    says = error.sentence(lambda path: path.decode(errors="backslashreplace"))
    return Finding(section, name, "broken", says, error.hint)


def limits(section: str) -> Iterator[Finding]:
    """How many files may be open, and how many folders watched."""
    most = processes.file_limit(hard=True)
    enough = most is None or most >= FILES_WANTED
    yield Finding(
        section,
        "open files",
        "good" if enough else "doubtful",
        "without limit" if most is None else f"at most {most:,}",
        None if enough else f"Raise the hard limit of open files to {FILES_WANTED} or more",
    )
    if _INOTIFY.exists():
        watches = int(_INOTIFY.read_text(encoding="ascii"))
        enough = watches >= WATCHES_WANTED
        yield Finding(
            section,
            "watched folders",
            "good" if enough else "doubtful",
            f"at most {watches:,}",
            None if enough else f"sudo sysctl fs.inotify.max_user_watches={8 * WATCHES_WANTED}",
        )
