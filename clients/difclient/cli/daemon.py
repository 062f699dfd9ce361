"""`difctl daemon`: start, stop, look at the daemon."""

from __future__ import annotations

import os
import socket
import sys
from collections import deque
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Final

import click
import zmq

from difclient.autostart import user_autostart
from difclient.cli.autostart import disable, enable
from difclient.cli.output import Printer, print_json
from difclient.cli.shared_options import json_option
from difclient.client import Client
from difclient.language.numbers import duration, size
from difclient.language.text import harmless, plural, printable
from difclient.remote import is_elsewhere
from difclient.starting import ensure_daemon
from difclient.stopping import stop_by_signal
from difd.protocol.endpoint import daemon_pid, user_endpoint
from difd.protocol.errors import (
    DaemonNotRunning,
    DaemonSilent,
    DaemonUnreachable,
    DifdError,
    MalformedMessage,
    ProtocolMismatch,
)
from difd.protocol.ownership import check_folder, open_file
from difd.protocol.remote import PORT, format_address, parse_address, user_remote_files
from difd.protocol.replies import StatusReply

_ELSEWHERE: Final = frozenset({"status", "stop"})
"""What can be done to a daemon on another machine."""


@click.group()
@click.pass_context
def daemon(context: click.Context) -> None:
    """Start, stop and inspect the daemon.

    Commands start the daemon when they need it. It leaves after 15 minutes without work (the
    setting daemon.idle_minutes), unless folders are watched or it listens for other machines.

    \b
    Example:
      difctl daemon status
    """
    if is_elsewhere() and context.invoked_subcommand not in _ELSEWHERE:
        raise click.UsageError("Do this on the machine itself, without --host.")


daemon.add_command(enable)
daemon.add_command(disable)


@daemon.command()
def start() -> None:
    """Start the daemon, if it does not run.

    \b
    Example:
      difctl daemon start
    """
    endpoint = user_endpoint()
    # Under a supervisor it is the connecting that starts it.
    started = daemon_pid(endpoint) is None
    started = ensure_daemon(endpoint) or started
    # What listens then may be the supervisor, and the daemon still on its way.
    Client().close()
    Printer().line(("The daemon was started." if started else "The daemon is running already.", ""))


@daemon.command()
@click.option("--if-idle", is_flag=True, help="Only if no search waits or runs.")
def stop(if_idle: bool) -> None:
    """Stop the daemon; a running search can be resumed later.

    \b
    Example:
      difctl daemon stop
    """
    _stop(if_idle=if_idle)
    Printer().line(("The daemon was stopped.", ""))


@daemon.command()
def restart() -> None:
    """Stop the daemon, if it runs, and start it.

    \b
    Example:
      difctl daemon restart
    """
    with suppress(DaemonNotRunning):
        _stop(if_idle=False)
    ensure_daemon(user_endpoint())
    Printer().line(("The daemon was restarted.", ""))


@daemon.command()
@json_option
def status(as_json: bool) -> None:
    """Show whether the daemon runs, and what it does.

    This never starts the daemon.

    \b
    Example:
      difctl daemon status --json
    """
    with Client(start=False) as client:
        reply = client.status()
    if as_json:
        print_json(_document(reply))
        return
    printer = Printer()
    memory = "" if reply.memory is None else f", {size(reply.memory)}"
    printer.line(
        ("The daemon runs", "bold green"),
        (f": difd {reply.application}, pid {reply.pid}{memory}, ", ""),
        (f"since {_since(reply):%Y-%m-%d %H:%M} ({duration(reply.uptime)}).", ""),
    )
    jobs = f"{plural(reply.running, 'search', 'searches')} running, {reply.queued} waiting"
    enabled = "Enabled" if user_autostart().is_enabled() else "Not enabled"
    printer.line((f"{jobs}. Listens on {', '.join(reply.addresses)}. {enabled}.", "dim"))
    if reply.dashboard is not None:
        printer.line((f"Dask dashboard: {reply.dashboard}", "dim"))
    if not is_elsewhere():
        printer.line((f"Log: {printable(os.fsencode(user_endpoint().log))}", "dim"))


@daemon.command()
@click.option(
    "--address",
    default=f"0.0.0.0:{PORT}",
    show_default=True,
    metavar="HOST:PORT",
    help="Which of this machine's addresses to listen on.",
)
@click.option("--off", is_flag=True, help="Stop listening.")
def listen(address: str, off: bool) -> None:
    """Let other machines connect whose keys are allowed.

    Connections are encrypted. The daemon still listens when it starts again. Without this command
    it cannot be reached over the network.

    \b
    Examples:
      difctl daemon listen
      difctl daemon listen --address 192.168.1.5:5690
      difctl daemon listen --off
    """
    from difclient.cli.keys import apply_access  # noqa: PLC0415  only here

    files = user_remote_files()
    printer = Printer()
    if off:
        files.set_listening(None)
        apply_access()
        printer.line(("The daemon cannot be reached over the network.", ""))
        return
    host, port = parse_address(address)
    before = files.listening()
    files.set_listening(format_address(host, port))
    try:
        with Client() as client:
            client.apply_access()
    except DifdError:
        files.set_listening(before)
        raise
    key = files.daemon_key(zmq.curve_keypair).public
    name = socket.gethostname()
    place = format_address(name, port) if host in {"0.0.0.0", "::"} else format_address(host, port)  # noqa: S104
    printer.line((f"The daemon listens on {address}. On the other machine:", ""))
    printer.line((f"  difctl keys trust {name} {place} '{key}'", "bold"))
    if not files.allowed():
        printer.line(
            ("Nobody is allowed in yet; allow a machine with: difctl keys allow NAME KEY", "yellow")
        )


@daemon.command()
@click.option(
    "--lines",
    type=click.IntRange(1),
    default=50,
    show_default=True,
    metavar="N",
    help="How many lines to print.",
)
def logs(lines: int) -> None:
    """Print the end of the daemon's log.

    \b
    Example:
      difctl daemon logs --lines 200
    """
    path = user_endpoint().log
    try:
        check_folder(path.parent)
        descriptor = open_file(path, os.O_RDONLY)
        with open(descriptor, encoding="utf-8", errors="backslashreplace") as log:
            for line in deque(log, maxlen=lines):
                sys.stdout.write(harmless(line.rstrip("\n")) + "\n")
    except FileNotFoundError:
        raise DaemonNotRunning(
            "There is no log: the daemon has not run yet.", path=os.fsencode(path)
        ) from None


def _stop(*, if_idle: bool) -> None:
    try:
        with Client(start=False) as client:
            if not client.shutdown(if_idle=if_idle):
                raise DaemonUnreachable(
                    "The daemon is busy and was not stopped.",
                    hint="See what it does with: difctl jobs",
                )
    except (ProtocolMismatch, MalformedMessage, DaemonSilent):
        # One that we cannot talk to cannot tell whether it is idle, nor be ended from afar.
        if if_idle or is_elsewhere():
            raise
        stop_by_signal(user_endpoint())


def _since(reply: StatusReply) -> datetime:
    return datetime.now().astimezone() - timedelta(seconds=reply.uptime)


def _document(reply: StatusReply) -> dict[str, object]:
    return {
        "pid": reply.pid,
        "version": reply.application,
        "protocol": f"{reply.protocol_major}.{reply.protocol_minor}",
        "instance": reply.instance,
        "uptime": reply.uptime,
        "since": _since(reply).isoformat(timespec="seconds"),
        "enabled": user_autostart().is_enabled(),
        "memory": reply.memory,
        "jobs": {"queued": reply.queued, "running": reply.running},
        "addresses": list(reply.addresses),
        "engine_pid": reply.engine_pid,
        "dashboard": reply.dashboard,
        "log": None if is_elsewhere() else os.fspath(user_endpoint().log),
    }
