"""What `difctl doctor` looks at: versions, the daemon, who starts it, what only the engine knows.

Every section is a function that yields findings; a further one is one line in `SECTIONS`. Nothing
is started, made or mended.
"""

from __future__ import annotations

import importlib.metadata
import platform
import subprocess
import sys
from collections.abc import Callable, Iterator
from typing import Final

import msgspec
import zmq

from difclient.autostart import user_autostart
from difclient.client import Client
from difclient.desktop_services import examine_desktop
from difclient.menus import broken_menus, menu_of, user_file_managers
from difd.protocol.endpoint import daemon_pid, user_endpoint
from difd.protocol.errors import DaemonNotRunning, DifdError, OwnFilesUnsafe
from difd.protocol.findings import Finding
from difd.protocol.version import PROTOCOL_MAJOR, PROTOCOL_MINOR, VERSION
from difd.system import installed, interpreter

ENGINE_SECONDS: Final = 180.0
"""How long the engine may take to be examined: a slow disk, a busy machine."""

_PACKAGES: Final = ("blake3", "msgspec", "numpy", "Pillow", "pillow-heif", "pyzmq", "xxhash")
"""Without these nothing works, or the wrong things do."""

_EXTRAS: Final = ("pillow-jxl-plugin", "rawpy")
"""These come with `difd[formats]`; the engine says what is missing without them."""

_RESTART: Final = "difctl daemon restart"


def versions() -> Iterator[Finding]:
    """What is installed."""
    section = "Versions"
    protocol = f"protocol {PROTOCOL_MAJOR}.{PROTOCOL_MINOR}"
    yield Finding(section, "difd", "good", f"{VERSION}, {protocol}")
    python = f"{platform.python_version()}, {platform.system()} {platform.machine()}"
    yield Finding(section, "Python", "good", f"{python}: {sys.executable}")
    yield Finding(section, "libzmq", "good", zmq.zmq_version())
    for name in (*_PACKAGES, *_EXTRAS):
        try:
            yield Finding(section, name, "good", importlib.metadata.version(name))
        except importlib.metadata.PackageNotFoundError:
            if name in _PACKAGES:
                hint = f"pip install {name}"
                yield Finding(section, name, "broken", "is not installed", hint)


def daemon() -> Iterator[Finding]:
    """Whether a daemon runs, answers, and is of our version; and who starts it."""
    section = "Daemon"
    endpoint = user_endpoint()
    try:
        with Client(start=False, here=True) as client:
            reply = client.status()
    except DaemonNotRunning:
        if daemon_pid(endpoint) is None:
            yield Finding(section, "daemon", "good", "does not run; commands start it")
        else:
            says = "runs, but does not listen"
            yield Finding(section, "daemon", "broken", says, _RESTART)
    except OwnFilesUnsafe as error:
        says = "is not asked before its directories are safe"
        yield Finding(section, "daemon", "doubtful", says, error.hint)
    except DifdError as error:
        yield Finding(section, "daemon", "broken", error.message, error.hint or _RESTART)
    else:
        says = f"answers, process {reply.pid}, difd {reply.application}"
        if reply.application == VERSION:
            yield Finding(section, "daemon", "good", says)
        else:
            yield Finding(section, "daemon", "doubtful", says, _RESTART)
    enabled = user_autostart().is_enabled()
    says = "the system starts it" if enabled else "not enabled; commands start it"
    yield Finding(section, "autostart", "good", says)


def menus() -> Iterator[Finding]:
    """The entries of file managers that are here, or were installed for one that is not."""
    section = "File managers"
    registry = user_file_managers()
    for menu in map(menu_of, registry.plugins.values()):
        name = menu.name
        if menu.installed in {"absent", "shared"} and menu.version is None:
            continue
        if menu.installed == "absent":
            says = f"no entries; add them with: difctl integrate install {name}"
            yield Finding(section, name, "good", says)
        elif menu.problems:
            yield from (
                Finding(section, name, "doubtful", one.what, one.fix) for one in menu.problems
            )
        else:
            yield Finding(section, name, "good", "has its entries")
    for menu in broken_menus(registry):
        yield from (Finding(section, menu.name, "broken", one.what) for one in menu.problems)


def engine() -> Iterator[Finding]:
    """What may only be looked at where the engine may be imported: in a process of its own."""
    command = [*interpreter.COMMAND, "-m", "difd.service.examination"]
    try:
        done = subprocess.run(  # noqa: S603  our own program, arguments as a list
            command,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=ENGINE_SECONDS,
            check=False,
        )
        yield from msgspec.json.decode(done.stdout, type=list[Finding])
    except subprocess.TimeoutExpired:
        says = f"did not end within {ENGINE_SECONDS:.0f} seconds"
        yield Finding("Engine", "examination", "broken", says, "difctl daemon logs")
    except msgspec.DecodeError:
        last = done.stderr.decode(errors="replace").strip().rpartition("\n")[2]
        says = f"ended with status {done.returncode}: {last}"
        yield Finding("Engine", "examination", "broken", says, installed.again())


Section = Callable[[], Iterator[Finding]]

SECTIONS: Final[tuple[Section, ...]] = (versions, daemon, examine_desktop, menus, engine)


def examine() -> Iterator[Finding]:
    """Everything, in the order in which it is shown."""
    for section in SECTIONS:
        yield from section()
