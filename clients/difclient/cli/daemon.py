"""`difctl daemon`: start, stop, look at the daemon."""

from __future__ import annotations

import os
import sys
from collections import deque
from contextlib import suppress

import click

from difclient.cli.outcome import print_json
from difclient.cli.output import Printer
from difclient.cli.text import duration, plural, size
from difclient.client import Client
from difclient.starting import ensure_daemon
from difd.protocol.endpoint import user_endpoint
from difd.protocol.errors import DaemonNotRunning, DaemonUnreachable
from difd.protocol.messages import StatusReply


@click.group()
def daemon() -> None:
    """Start, stop and look at the daemon.

    Commands that need it start it by themselves; it leaves when it was not needed for 15 minutes.

    \b
    Example:
      difctl daemon status
    """


@daemon.command()
def start() -> None:
    """Start the daemon, if it does not run.

    \b
    Example:
      difctl daemon start
    """
    started = ensure_daemon(user_endpoint())
    Printer().line(("The daemon was started." if started else "The daemon runs already.", ""))


@daemon.command()
@click.option("--if-idle", is_flag=True, help="Only when no search waits or runs.")
def stop(if_idle: bool) -> None:
    """Stop the daemon; a search under way can be resumed later.

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
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")
def status(as_json: bool) -> None:
    """Show how the daemon is; never starts it.

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
        (f"up {duration(reply.uptime)}.", ""),
    )
    jobs = f"{plural(reply.running, 'search', 'searches')} running, {reply.queued} waiting"
    printer.line((f"{jobs}. Listens on {', '.join(reply.addresses)}.", "dim"))


@daemon.command()
@click.option("--lines", type=click.IntRange(1), default=50, show_default=True, metavar="N")
def logs(lines: int) -> None:
    """Print the end of the daemon's log.

    \b
    Example:
      difctl daemon logs --lines 200
    """
    path = user_endpoint().log
    try:
        with path.open(encoding="utf-8", errors="backslashreplace") as log:
            sys.stdout.writelines(deque(log, maxlen=lines))
    except FileNotFoundError:
        raise DaemonNotRunning(
            "There is no log: the daemon has not run yet.", path=os.fsencode(path)
        ) from None


def _stop(*, if_idle: bool) -> None:
    with Client(start=False) as client:
        if not client.shutdown(if_idle=if_idle):
            raise DaemonUnreachable("The daemon is busy and was not stopped.")


def _document(reply: StatusReply) -> dict[str, object]:
    return {
        "pid": reply.pid,
        "version": reply.application,
        "protocol": f"{reply.protocol_major}.{reply.protocol_minor}",
        "instance": reply.instance,
        "uptime": reply.uptime,
        "memory": reply.memory,
        "jobs": {"queued": reply.queued, "running": reply.running},
        "addresses": list(reply.addresses),
        "engine_pid": reply.engine_pid,
    }
