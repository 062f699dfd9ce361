"""`difctl daemon enable` and `disable`: whether the system starts the daemon."""

from __future__ import annotations

import click

from difclient.autostart import user_autostart
from difclient.cli.output import Printer
from difclient.client import Client
from difd.protocol.endpoint import daemon_pid, user_endpoint
from difd.protocol.errors import DaemonUnreachable


@click.command()
def enable() -> None:
    """Have the system start the daemon, at login or when needed.

    This is not necessary: commands start the daemon. Folders are watched from the first command on;
    with this, from the login on.

    \b
    Example:
      difctl daemon enable
    """
    stop_idle()
    Printer().line(("The daemon is enabled: ", ""), (user_autostart().enable(), ""))


@click.command()
def disable() -> None:
    """Stop having the system start the daemon.

    Nothing of `difctl daemon enable` is left behind.

    \b
    Example:
      difctl daemon disable
    """
    stop_idle()
    user_autostart().disable()
    Printer().line(("The daemon is not enabled any more; commands start it when they need it.", ""))


def stop_idle() -> None:
    """End a daemon that has no work: whoever takes its socket over must not take it from one.

    Raises:
        DaemonUnreachable: it is busy.
    """
    if daemon_pid(user_endpoint()) is None:
        return
    with Client(start=False, here=True) as client:
        if not client.shutdown(if_idle=True):
            raise DaemonUnreachable(
                "The daemon is busy; nothing was changed.",
                hint="Try again when its work is done, or stop it first with: difctl daemon stop",
            )
