"""`difctl review`: the review page in the browser."""

from __future__ import annotations

import sys
import webbrowser

import click

from difclient.client import Client
from difclient.review.gateway import IDLE_MINUTES, serve


@click.command()
@click.argument("job", required=False, metavar="[JOB]")
@click.option("--no-browser", is_flag=True, help="Print the address only.")
@click.option(
    "--port",
    type=click.IntRange(0, 65535),
    default=0,
    metavar="N",
    help="Listen there.  [default: a free one]",
)
@click.option(
    "--idle-minutes",
    type=click.FloatRange(min=0.01),
    default=IDLE_MINUTES,
    show_default=True,
    metavar="N",
    help="End after so long without the page open.",
)
def review(job: str | None, no_browser: bool, port: int, idle_minutes: float) -> None:
    """Look at what a search found, decide, and act, in the browser.

    With JOB, a search's id, the beginning of one, or `last`, its groups are shown. The page is for
    this user and this machine alone; the address works once. It ends with Ctrl-C, or when it has
    not been open for a while.

    \b
    Examples:
      difctl review
      difctl review last
    """
    with Client() as client:
        view = "" if job is None else f"job/{client.job(job).id}"

    def announce(address: str) -> None:
        sys.stdout.write(f"{address}\n")
        sys.stdout.flush()
        if not no_browser and not webbrowser.open(address):
            click.echo("No browser could be opened; open the address above.", err=True)

    serve(announce, port=port, view=view, idle_minutes=idle_minutes)
