"""Where this user's daemon is: its directories, socket and lock files.

Everything follows from the XDG variables (platformdirs), so moving them moves a whole instance.
The runtime directory never falls back to /tmp, where somebody else could be first.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Final, NamedTuple

import platformdirs

from difd.protocol.errors import OwnFilesUnsafe, RuntimeDirectoryUnsafe
from difd.protocol.ownership import check_file, check_folder, make_folder, open_file
from difd.system import advice, processes
from difd.system import endpoint as system_endpoint

SOCKET_PATH_MAX: Final = system_endpoint.LONGEST
"""Longest path of the daemon's socket, in bytes."""


_PID_BYTES: Final = 32

ACTION_LOCK: Final = "actions.lock"
"""In the state directory; held with flock by whoever changes files, the daemon or another."""


class Endpoint(NamedTuple):
    """The directories and files of one daemon.

    Attributes:
        runtime: socket and locks; 0700.
        state: job journal and logs.
    """

    runtime: Path
    state: Path

    @property
    def socket(self) -> Path:
        """The daemon's socket, or the file that says where it listens."""
        return self.runtime / system_endpoint.NAME

    @property
    def lock(self) -> Path:
        """Held with flock by the daemon for as long as it lives, whose process id it contains.

        Clients read it at most; they never lock it.
        """
        return self.runtime / "difd.lock"

    @property
    def spawn_lock(self) -> Path:
        """Held by the client that is starting a daemon, so that the others wait for it."""
        return self.runtime / "spawn.lock"

    @property
    def journal(self) -> Path:
        """The SQLite file with jobs and results."""
        return self.state / "jobs.sqlite"

    @property
    def action_journal(self) -> Path:
        """The SQLite file with what was done to files, and how to undo it."""
        return self.state / "actions.sqlite"

    @property
    def ignore_list(self) -> Path:
        """The SQLite file with the groups that somebody said are no duplicates."""
        return self.state / "ignored.sqlite"

    @property
    def decisions(self) -> Path:
        """The SQLite file with what was decided about groups of searches."""
        return self.state / "decisions.sqlite"

    @property
    def watch_list(self) -> Path:
        """The SQLite file with the watched folders, and what is known of their pictures."""
        return self.state / "watched.sqlite"

    @property
    def watching(self) -> Path:
        """An empty file that is there while folders are watched, for whoever starts daemons."""
        return self.state / "watching"

    @property
    def log(self) -> Path:
        """The daemon's log."""
        return self.state / "difd.log"

    @property
    def address(self) -> bytes:
        """Where the daemon listens, as ZeroMQ names it."""
        return system_endpoint.address(self.socket)


def configuration_directory() -> Path:
    """Where this user's settings and keys are."""
    return Path(platformdirs.user_config_dir("difd", appauthor=False))


def settings_path() -> Path:
    """Where the settings are: below XDG_CONFIG_HOME, whether there is a file or not."""
    return configuration_directory() / "config.toml"


def cache_directory() -> Path:
    """Where this user's caches are; what is lost there is made again."""
    return Path(platformdirs.user_cache_dir("difd", appauthor=False))


def user_endpoint() -> Endpoint:
    """The endpoint of the user who asks, from XDG_RUNTIME_DIR and XDG_STATE_HOME."""
    state = Path(platformdirs.user_state_dir("difd", appauthor=False))
    given = os.environ.get("XDG_RUNTIME_DIR", "")
    runtime = Path(given) / "difd" if Path(given).is_absolute() else state / "run"
    return Endpoint(runtime=runtime, state=state)


def check_directories() -> None:
    """See that what this user's difd keeps is nobody else's, before anything of it is read.

    Raises:
        OwnFilesUnsafe: a directory, one above it, or the settings are not; or HOME says nothing.
    """
    home = os.environ.get("HOME")
    if home is not None and not os.path.isabs(home):
        # Every process would find another folder by it, the one that it happens to run in.
        raise OwnFilesUnsafe(
            f"HOME is {home!r}, and not a path from the root.",
            hint="Set it to your own directory, such as HOME=/home/ada.",
        )
    endpoint = user_endpoint()
    check_folder(endpoint.runtime, private=True)
    for folder in (endpoint.state, configuration_directory(), cache_directory()):
        check_folder(folder)
    check_file(settings_path())


def prepare_directories(endpoint: Endpoint) -> None:
    """Create the endpoint's directories, owner-only, and check that they are ours.

    Raises:
        RuntimeDirectoryUnsafe: one cannot be created, is a link, not a directory, somebody else's,
            or open to others, or its path is too long for a socket.
    """
    if len(os.fsencode(endpoint.socket)) > SOCKET_PATH_MAX:
        raise RuntimeDirectoryUnsafe(
            f"The path of the socket is longer than {SOCKET_PATH_MAX} bytes.",
            path=os.fsencode(endpoint.socket),
            hint="Set XDG_RUNTIME_DIR to a shorter directory of your own.",
        )
    try:
        make_folder(endpoint.state)
        make_folder(endpoint.runtime, private=True)
    except OwnFilesUnsafe as error:
        raise RuntimeDirectoryUnsafe(error.message, path=error.path, hint=error.hint) from None
    except OSError as error:
        raise RuntimeDirectoryUnsafe(
            f"A directory of difd's cannot be created: {error.strerror}.",
            path=os.fsencode(error.filename or endpoint.runtime),
            hint=advice.OTHER_RUNTIME,
        ) from error


def daemon_pid(endpoint: Endpoint) -> int | None:
    """The daemon's process, None while none runs; nothing is started by asking.

    A supervisor may listen in the daemon's place, and start it as soon as somebody connects.
    """
    try:
        with open(open_file(endpoint.lock, os.O_RDONLY), "rb") as lock:
            held = os.fstat(lock.fileno())
            pid = int(lock.read(_PID_BYTES))
    except (FileNotFoundError, ValueError):
        return None
    if pid <= 0:
        return None  # to signals, these would be whole groups of processes
    # The number may be another process's by now; only a daemon has the lock open.
    return pid if processes.has_open(pid, held) else None
