"""`difctl uninstall`: what difd left on this machine is taken away, but for the settings."""

from __future__ import annotations

import fnmatch
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final

import click

from difclient import notify
from difclient.autostart import user_autostart
from difclient.cli.autostart import stop_idle
from difclient.cli.output import Printer
from difclient.cli.question import agreed
from difclient.client import Client
from difclient.language.text import plural, printable
from difclient.menus import user_file_managers
from difclient.tray import login
from difd.protocol.endpoint import (
    ACTION_LOCK,
    Endpoint,
    cache_directory,
    check_directories,
    configuration_directory,
    user_endpoint,
)
from difd.protocol.errors import ActionRefused, DifdError, OwnFilesUnsafe
from difd.protocol.ownership import open_file
from difd.protocol.removal import COMPILED_BY_1_0, OwnFolder, remove_cache, remove_named
from difd.system import installed, locks
from difshell.plugin import IntegrationRefused

_HISTORY: Final = 1000
"""As many actions as are remembered."""

_DATABASES: Final = ("jobs", "actions", "ignored", "watched", "decisions")

_OURS: Final = (
    *(f"{name}.sqlite{part}" for name in _DATABASES for part in ("", "-wal", "-shm")),
    *(f"{name}.damaged-[0-9]*" for name in _DATABASES),
    *(f"{name}.lock" for name in ("actions", "daemon", "difd", "spawn")),
    "difd.sock",
    "difd.endpoint",
    "difd.endpoint.new",
    "selected-*",
    "difd.log",
    "difd.log.[0-9]",
    "watching",
)
"""Names that difd gives to files in its directories; whatever else is there is not its own."""

_CACHES: Final = "tensors-*"


@click.command()
@click.option("--dry-run", is_flag=True, help="Show what would go and stop.")
@click.option("--yes", is_flag=True, help="Do not ask.")
def uninstall(dry_run: bool, yes: bool) -> int:
    """Remove difd's menus, start at login, caches, results and log.

    Settings and keys stay. Pictures are not touched, nor is what is in the trash or was moved; but
    what was done to files is forgotten, and difd can no longer undo it.

    \b
    Example:
      difctl uninstall --dry-run
    """
    check_directories()
    endpoint, printer = user_endpoint(), Printer()
    away = _files_away(endpoint)
    printer.line(
        ("This removes your entries in menus, start at login, caches, results and logs:", "")
    )
    for folder in _directories(endpoint):
        if folder.is_dir():
            printer.line((f"  {_shown(folder)}", "dim"))
    if away:
        files = plural(away, "file")
        words = f"After this, `difctl undo` can no longer bring back {files} that it still can now."
        printer.line((words, "bold yellow"))
    if dry_run:
        return 0
    if not yes and not agreed("Go on?", "Say --yes, or look first with --dry-run."):
        return 0
    stop_idle()
    with _nothing_under_way(endpoint):
        refusals = list(_taken_back())
        for words in refusals:
            printer.line(("left  ", "yellow"), (words, ""))
        _remove_files(endpoint)
    settings = configuration_directory()
    for folder in _directories(endpoint):
        # On Windows the settings are in the same folder.
        if folder.is_dir() and folder != settings:
            words = f"files in {_shown(folder)} that are not difd's"
            printer.line(("left  ", "yellow"), (words, ""))
    printer.line(("Everything else is gone but your settings and keys:", "bold"))
    printer.line((f"  {_shown(settings)}", ""))
    printer.line((f"Remove the program itself with: {installed.removing()}", ""))
    return ActionRefused.exit_code if refusals else 0


def _shown(folder: Path) -> str:
    return printable(os.fsencode(folder))


def _files_away(endpoint: Endpoint) -> int:
    """How many files `undo` could bring back.

    Raises:
        ActionRefused: one of the actions has not come to its end.
    """
    if not endpoint.journal.exists() and not endpoint.action_journal.exists():
        return 0
    with Client(here=True) as client:
        actions = client.actions.history(_HISTORY)
    if any(action.state in {"running", "undoing", "interrupted"} for action in actions):
        raise ActionRefused(
            "An action on files has not ended yet; nothing was removed.", hint="See: difctl history"
        )
    return sum(info.done - info.undone for info in actions if info.options.verb != "delete")


@contextmanager
def _nothing_under_way(endpoint: Endpoint) -> Iterator[None]:
    """Hold the locks of daemons, and of whoever changes files: one may have begun while we asked.

    Raises:
        ActionRefused: there is one, and what it writes down must not go.
    """
    with (
        _held(endpoint.state / "daemon.lock", "A daemon of yours was started meanwhile"),
        _held(endpoint.state / ACTION_LOCK, "An action on files is under way"),
    ):
        yield


@contextmanager
def _held(path: Path, otherwise: str) -> Iterator[None]:
    try:
        # Through the seam: on Windows, what is open otherwise could not be removed.
        lock = open_file(path, os.O_RDONLY)
    except FileNotFoundError:
        yield
        return
    with os.fdopen(lock, "rb") as file:
        try:
            locks.take(file.fileno())
        except BlockingIOError as error:
            raise ActionRefused(
                f"{otherwise}; nothing was removed.",
                hint="Try again when it has ended.",
            ) from error
        yield


def _taken_back() -> Iterator[str]:
    """Take back everything outside our own directories; what refuses is said and left."""
    work: list[tuple[str, Callable[[], None]]] = [
        (plugin.name, plugin.uninstall) for plugin in user_file_managers().plugins.values()
    ]
    work += [
        ("start of the tray", login.disable),
        ("start of the daemon", user_autostart().disable),
        ("notifications", notify.take_back),
    ]
    for name, take_back in work:
        try:
            take_back()
        except (IntegrationRefused, DifdError) as error:
            yield f"{name}: {error.message}"
        except OSError as error:
            yield f"{name}: {error.strerror}"


def _directories(endpoint: Endpoint) -> tuple[Path, ...]:
    return (
        endpoint.runtime,
        endpoint.state,
        cache_directory(),
    )


def _remove_files(endpoint: Endpoint) -> None:
    """Remove files of ours by their names, and directories that are empty then."""
    *homes, cache = _directories(endpoint)
    with suppress(OwnFilesUnsafe):  # what is not ours is left, and said to be
        remove_named(cache / "compiled", COMPILED_BY_1_0)
    for folder in cache.glob(_CACHES):
        with suppress(OwnFilesUnsafe):
            remove_cache(folder)
    for home in homes:
        with suppress(FileNotFoundError, NotADirectoryError), OwnFolder(home) as held:
            for name in held.names():
                if any(fnmatch.fnmatchcase(name, pattern) for pattern in _OURS):
                    held.remove(name)
    for folder in (*homes, cache):
        with suppress(OSError):  # not empty, or not there
            folder.rmdir()
