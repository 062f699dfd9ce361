"""The command `difd`: the daemon in the foreground, from its first claim to its last word."""

from __future__ import annotations

import argparse
import asyncio
import errno
import logging
import os
import sqlite3
import sys
import time
from collections.abc import Callable
from contextlib import closing, suppress
from pathlib import Path
from typing import Final, TypeVar

from difd.protocol.endpoint import (
    Endpoint,
    check_directories,
    prepare_directories,
    settings_path,
    user_endpoint,
)
from difd.protocol.errors import DaemonFailed, DaemonStartFailed, DifdError
from difd.protocol.remote import user_remote_files
from difd.protocol.removal import remove_file
from difd.protocol.settings import Settings
from difd.protocol.version import VERSION
from difd.service import lifecycle
from difd.service.activity import Activity
from difd.service.configuration import Configuration
from difd.service.daemon import Daemon, Stores
from difd.service.faults import Faults, failure, leave_soon
from difd.service.logs import start_logging
from difd.service.server.publisher import Publisher
from difd.service.server.remote_access import RemoteAccess
from difd.service.server.server import Server
from difd.service.spawning import AHEAD
from difd.service.supervision import Supervisor
from difd.store.action_journal import ActionJournal
from difd.store.database import MAKE_ROOM, JournalUnusable
from difd.store.decision_list import DecisionList
from difd.store.ignore_list import IgnoreList
from difd.store.job_journal import JobJournal
from difd.store.watch_list import WatchList
from difd.system import stop as system_stop

STOP_SECONDS: Final = 5.0
"""A daemon that was asked to stop is gone after this long."""

_Journal = TypeVar("_Journal", JobJournal, ActionJournal, IgnoreList, WatchList, DecisionList)
_log = logging.getLogger(__name__)


def command_line() -> argparse.ArgumentParser:
    """What the daemon may be told."""
    parser = argparse.ArgumentParser(
        prog="difd",
        description="The daemon that finds duplicate and similar images, in the foreground. "
        "Clients start it by themselves; run it by hand to watch it work.",
    )
    parser.add_argument("--version", action="version", version=f"difd {VERSION}")
    parser.add_argument(
        "--idle-seconds",
        type=float,
        metavar="N",
        help="leave after N seconds without work; 0 means never (default: daemon.idle_minutes)",
    )
    parser.add_argument("--ready-fd", type=int, help=argparse.SUPPRESS)
    parser.add_argument(AHEAD, action="store_true", help=argparse.SUPPRESS)
    return parser


def main() -> None:
    """Run the daemon until it is told to stop or has nothing to do."""
    arguments = command_line().parse_args()
    readiness = lifecycle.Readiness(arguments.ready_fd)
    try:
        _run(readiness, arguments.idle_seconds, foreground=arguments.ready_fd is None)
    except DifdError as error:
        readiness.failed(error)
        hint = f"{error.hint}\n" if error.hint else ""
        sys.stderr.write(f"difd: {error.sentence()}\n{hint}")
        sys.exit(error.exit_code)


def _run(readiness: lifecycle.Readiness, idle_seconds: float | None, *, foreground: bool) -> None:
    endpoint = user_endpoint()
    supervisor = Supervisor()
    prepare_directories(endpoint)
    check_directories()
    start_logging(endpoint.log, foreground=foreground)
    locks = [lifecycle.take_lock(endpoint)]
    try:
        locks.append(lifecycle.take_state(endpoint))
        lifecycle.raise_file_limit()
        with (
            closing(_opened(JobJournal, endpoint.journal)) as journal,
            closing(_opened(ActionJournal, endpoint.action_journal)) as action_journal,
            closing(_opened(IgnoreList, endpoint.ignore_list)) as ignore_list,
            closing(_opened(WatchList, endpoint.watch_list)) as watch_list,
            closing(_opened(DecisionList, endpoint.decisions)) as decisions,
        ):
            stores = Stores(journal, action_journal, ignore_list, watch_list, decisions)
            with asyncio.Runner(loop_factory=system_stop.NEW_LOOP) as runner:
                runner.run(_serve(endpoint, supervisor, stores, readiness, idle_seconds))
    except OSError as error:
        full = error.errno == errno.ENOSPC
        # Where no file is named, one that was open was written to: those are in the state.
        path = error.filename or (endpoint.journal.parent if full else None)
        raise DaemonStartFailed(
            f"The daemon cannot start: {error.strerror or error}.",
            path=None if path is None else os.fsencode(path),
            hint=f"{MAKE_ROOM}." if full else None,
        ) from error
    finally:
        for lock in reversed(locks):
            os.close(lock)


def _opened(kind: Callable[[Path], _Journal], path: Path) -> _Journal:
    """A journal; a damaged one is put aside, because searching must go on without it."""
    try:
        return kind(path)
    except JournalUnusable as error:
        raise DaemonStartFailed(str(error), hint="Install the newer version again.") from error
    except sqlite3.OperationalError as error:
        raise DaemonStartFailed(
            f"A journal cannot be opened: {error}.",
            path=os.fsencode(path),
            hint="Is the disk full? See what is wrong with: difctl doctor",
        ) from error
    except sqlite3.DatabaseError:
        aside = path.with_suffix(f".damaged-{time.time_ns()}")
        path.rename(aside)
        for part in ("-wal", "-shm"):
            with suppress(FileNotFoundError):
                path.with_name(path.name + part).rename(aside.with_name(aside.name + part))
        _log.exception("the journal %s was damaged and is now %s", path, aside)
        return kind(path)


async def _serve(
    endpoint: Endpoint,
    supervisor: Supervisor,
    stores: Stores,
    readiness: lifecycle.Readiness,
    idle_seconds: float | None,
) -> None:
    stop = asyncio.Event()
    faults = Faults()

    def configured(settings: Settings) -> None:
        logging.getLogger().setLevel(settings.daemon.log_level.upper())
        if idle_seconds is None:
            activity.wait_for(settings.daemon.idle_minutes * 60)
        publisher.configured(settings)

    configuration = Configuration(settings_path(), configured)
    # Before the socket: whoever can find us can also tell us to stop in good order.
    _listen_to_signals(stop, configuration)
    inherited = supervisor.listener(endpoint)
    server = Server(lifecycle.open_door(endpoint, inherited))
    access = RemoteAccess(server, user_remote_files())
    access.apply_at_start()
    publisher = Publisher(server.send)
    daemon = Daemon(
        stores,
        publisher,
        os.fsdecode(endpoint.address),
        access,
        stop,
        configuration=configuration,
    )
    default = configuration.settings.daemon.idle_minutes * 60
    activity = Activity(daemon, stop, default if idle_seconds is None else idle_seconds)
    configuration.refresh()
    serving = asyncio.create_task(server.serve(activity.answer))
    readiness.ready()
    supervisor.notify("READY=1")
    _log.info("difd %s serves, pid %d", VERSION, os.getpid())
    fault = await faults.watch(stop, serving)
    if fault is not None:
        _log.critical("a fault ends the daemon", exc_info=fault)
        stop.set()  # the next signal ends us at once, and no new work is taken
    _log.info("stopping")
    leave_soon(0 if fault is None else DaemonFailed.exit_code)
    supervisor.notify("STOPPING=1")
    try:
        async with asyncio.timeout(STOP_SECONDS):
            await daemon.close()
    except TimeoutError:
        _log.warning("what runs did not end within %g seconds", STOP_SECONDS)
    except Exception as error:  # noqa: BLE001  the boundary of the daemon
        _log.exception("the daemon does not stop in good order")
        fault = fault or error
    # Whoever connects from now on finds no socket and starts the next daemon, which waits for our
    # lock; what was asked before is still answered.
    if inherited is None:
        remove_file(endpoint.socket)
    await asyncio.sleep(0)
    serving.cancel()
    await asyncio.wait((serving,))
    server.close()
    _log.info("stopped")
    if fault is not None:
        raise failure(fault) from fault


def _listen_to_signals(stop: asyncio.Event, configuration: Configuration) -> None:
    """The first signal stops in good order, the second at once; SIGHUP reads the configuration."""

    def on_signal() -> None:
        if stop.is_set():
            # As it was told to: a failure would have a supervisor start it again.
            os._exit(0)
        stop.set()

    system_stop.hear(asyncio.get_running_loop(), on_signal, configuration.refresh)
