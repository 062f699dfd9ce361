"""systemd user units: systemd listens on the socket, and starts the daemon at the first connection.

Nothing runs until somebody needs it, and a daemon that leaves when idle comes back by itself. Where
folders are watched, it is needed from the login on.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Final

import platformdirs

from difd.protocol.endpoint import Endpoint, user_endpoint
from difd.protocol.errors import DaemonUnreachable
from difd.system import files, interpreter

VARIABLES: Final = (
    "XDG_CACHE_HOME",
    "XDG_CONFIG_HOME",
    "XDG_DATA_HOME",
    "XDG_RUNTIME_DIR",
    "XDG_STATE_HOME",
)
"""What decides where everything is; the user's manager may not know the shell's values."""

_MARK: Final = "# Written by `difctl daemon enable`; `difctl daemon disable` removes it.\n"
"""The first line of our units: those without it somebody else made."""

SHARED: Final = Path("/usr/lib/systemd/user")
"""Where a package of the system has units for all users; who wants them enables them."""

_SOCKET: Final = """\
[Unit]
Description=difd, which finds duplicate and similar images (socket)

[Socket]
ListenStream={socket}
SocketMode=0600
DirectoryMode=0700
RemoveOnStop=yes

[Install]
WantedBy=sockets.target
"""

_SERVICE: Final = """\
[Unit]
Description=difd, which finds duplicate and similar images
Requires=difd.socket
After=difd.socket

[Service]
Type=notify
ExecStart={command}
{environment}
Restart=on-failure
RestartSec=1
TimeoutStopSec=15
# The processes beside it leave when their pipe closes; one that moves a file finishes that first.
KillMode=process
# A picture that takes too much memory costs its worker, not the daemon.
OOMPolicy=continue
MemoryHigh=75%
TasksMax=1024
LimitNOFILE=65536
LimitCORE=0
# It gives way, and is not nice itself: who asks how it is must not wait. Its workers are.
CPUWeight=50
IOWeight=50
IOSchedulingClass=best-effort
IOSchedulingPriority=7

# No file system is hidden or read-only: extra copies go into the trash of whichever volume they lie
# on, and a user's manager could do it only with other user ids inside, by which clients are known.
# Modes are free: moves keep a file's own.
NoNewPrivileges=yes
LockPersonality=yes
MemoryDenyWriteExecute=yes
RestrictNamespaces=yes
RestrictRealtime=yes
RestrictAddressFamilies=AF_UNIX AF_INET AF_INET6
SystemCallArchitectures=native
"""

_WATCH: Final = """\
[Unit]
Description=difd, at the login if folders are watched
Requires=difd.socket
After=difd.socket
ConditionPathExists={watching}

[Service]
Type=oneshot
ExecStart={command}
{environment}

[Install]
WantedBy=default.target
"""


_NO_VARIABLES: Final = "# no variables"

_UNITS: Final = ("difd.socket", "difd.service", "difd-watch.service")


def shared_unit_texts(commands: str) -> dict[str, str]:
    """The file names and contents of units for all users of a machine, each with their own daemon.

    Args:
        commands: the folder of `difd` and `difctl`, a path without odd letters.
    """
    return {
        "difd.socket": _SOCKET.format(socket="%t/difd/difd.sock"),
        "difd.service": _SERVICE.format(command=f"{commands}/difd", environment=_NO_VARIABLES),
        "difd-watch.service": _WATCH.format(
            command=f"{commands}/difctl daemon start",
            environment=_NO_VARIABLES,
            watching="%h/.local/state/difd/watching",
        ),
    }


def unit_texts(
    endpoint: Endpoint, command: list[str], environment: Mapping[str, str]
) -> dict[str, str]:
    """The file names and contents of a user's own units.

    Args:
        endpoint: where the daemon is to listen.
        command: Python, its options, and the module.
        environment: variables that the daemon needs.
    """
    variables = [f'Environment="{_quoted(f"{name}={environment[name]}")}"' for name in environment]
    program, *arguments = map(_quoted, command)
    # Variables are put in everywhere but in the program's path.
    words = [f'"{word}"' for word in (program, *(one.replace("$", "$$") for one in arguments))]
    lines = "\n".join(variables) or _NO_VARIABLES
    texts = {
        "difd.socket": _SOCKET.format(socket=str(endpoint.socket).replace("%", "%%")),
        "difd.service": _SERVICE.format(command=" ".join(words), environment=lines),
        "difd-watch.service": _WATCH.format(
            command=" ".join([*words[:-1], '"difclient" "daemon" "start"']),
            environment=lines,
            watching=str(endpoint.watching).replace("%", "%%"),
        ),
    }
    return {name: _MARK + text for name, text in texts.items()}


class UserUnits:
    """The units in the user's configuration directory."""

    def __init__(self) -> None:
        self._folder = Path(platformdirs.user_config_dir()) / "systemd" / "user"
        self._wanted = self._folder / "sockets.target.wants" / "difd.socket"
        self._watch = self._folder / "default.target.wants" / "difd-watch.service"

    def is_enabled(self) -> bool:
        """Whether systemd finds the socket at the next login."""
        return self._wanted.is_symlink()

    def enable(self) -> str:
        """Write the units and have systemd listen.

        Raises:
            DaemonUnreachable: there is no systemd, or the units cannot be written or started, or
                somebody else's are in their place.
        """
        import shutil  # noqa: PLC0415  `daemon status` asks only whether it is enabled

        if shutil.which("systemctl") is None:
            raise DaemonUnreachable(
                "There is no systemd here.",
                hint="Have your session start: difd --idle-seconds 0",
            )
        environment = {name: os.environ[name] for name in VARIABLES if name in os.environ}
        command = [*interpreter.COMMAND, "-m", "difd"]
        try:
            self._refuse_others()
            for wanted in (self._wanted, self._watch):
                wanted.parent.mkdir(mode=0o755, parents=True, exist_ok=True)
            for name, text in unit_texts(user_endpoint(), command, environment).items():
                _write(self._folder / name, text)
            for wanted in (self._wanted, self._watch):
                wanted.unlink(missing_ok=True)
                wanted.symlink_to(self._folder / wanted.name)
        except OSError as error:
            raise DaemonUnreachable(
                f"The units cannot be written: {error.strerror}.",
                path=os.fsencode(error.filename or self._folder),
            ) from error
        if not _manager_runs():
            return "systemd starts it when it is needed, from the next login on."
        _systemctl("daemon-reload")
        _systemctl("restart", "difd.socket")
        _systemctl("start", "difd-watch.service")
        return "systemd starts it when it is needed."

    def disable(self) -> None:
        """Stop listening, and remove the units and the folders that are empty without them.

        Raises:
            DaemonUnreachable: somebody else's are in their place, or systemd does not obey.
        """
        self._refuse_others()
        if _manager_runs() and self.is_enabled():
            _systemctl("stop", "difd.socket", "difd.service")
        for path in (self._wanted, self._watch, *(self._folder / name for name in _UNITS)):
            path.unlink(missing_ok=True)
        for folder in (self._wanted.parent, self._watch.parent, self._folder, self._folder.parent):
            # Other units may live there.
            with suppress(OSError):
                folder.rmdir()
        if _manager_runs():
            _systemctl("daemon-reload")

    def _refuse_others(self) -> None:
        """Leave alone what somebody else made under our names: a unit, a link, a mask."""
        for unit in (self._folder / name for name in _UNITS):
            if os.path.lexists(unit) and (unit.is_symlink() or not _is_ours(unit)):
                raise _refusal(unit)
        for wanted in (self._wanted, self._watch):
            # `systemctl --user enable` links to the units of a package.
            ours = {os.path.realpath(folder / wanted.name) for folder in (self._folder, SHARED)}
            if os.path.lexists(wanted) and not (
                wanted.is_symlink() and os.path.realpath(wanted) in ours
            ):
                raise _refusal(wanted)


def _is_ours(unit: Path) -> bool:
    with unit.open(encoding="utf-8", errors="replace") as file:
        return file.readline() == _MARK


def _refusal(path: Path) -> DaemonUnreachable:
    return DaemonUnreachable(
        "This unit was not written by difctl and was left alone.",
        path=os.fsencode(path),
        hint="Move it away if you do not need it, then try again.",
    )


def _write(path: Path, text: str) -> None:
    """Write a file of ours; a link that takes its place meanwhile is not followed."""
    descriptor = files.open_plain(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o644)
    with open(descriptor, "w", encoding="utf-8") as file:
        file.write(text)


def _quoted(text: str) -> str:
    """Text inside double quotes in a unit, where % begins a specifier."""
    escaped = text.replace("\\", "\\\\").replace('"', '\\"').replace("%", "%%")
    return escaped.replace("\n", "\\n")


def _manager_runs() -> bool:
    """Whether the user's systemd runs; without a login, as in a container, there is none."""
    runtime = os.environ.get("XDG_RUNTIME_DIR", "")
    return bool(runtime) and os.path.exists(os.path.join(runtime, "systemd", "private"))


def _systemctl(*words: str) -> None:
    import subprocess  # noqa: PLC0415  the same

    done = subprocess.run(  # noqa: S603  arguments as a list
        ["systemctl", "--user", *words],  # noqa: S607  wherever the system has it
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode != 0:
        raise DaemonUnreachable(
            f"systemctl --user {' '.join(words)} failed: {done.stderr.strip()}",
            hint="Take the units away with: difctl daemon disable",
        )
