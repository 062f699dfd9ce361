"""`difctl review`: the review page in the browser, or in a window of its own."""

from __future__ import annotations

import os
import sys
import webbrowser
from collections.abc import Callable

import click

from difclient.cli.completion import searches
from difclient.client import Client
from difclient.review import window as review_window
from difclient.review.gateway import IDLE_MINUTES, serve
from difclient.review.way_back import SCHEME, view_of
from difd.protocol.errors import UsageError


@click.command()
@click.argument("job", required=False, metavar="[JOB]", shell_complete=searches)
@click.option("--settings", "show_settings", is_flag=True, help="Open the settings.")
@click.option(
    "--window/--no-window",
    default=None,
    help="Show it in a window of its own, or in the browser.  [default: the setting review.window]",
)
@click.option("--no-browser", is_flag=True, help="Only print the address.")
@click.option(
    "--port",
    type=click.IntRange(0, 65535),
    default=0,
    metavar="N",
    help="Port to listen on.  [default: a free one]",
)
@click.option(
    "--idle-minutes",
    type=click.FloatRange(min=0.01),
    default=IDLE_MINUTES,
    show_default=True,
    metavar="N",
    help="End when the page was not open for this long.",
)
def review(
    job: str | None,
    *,
    show_settings: bool,
    window: bool | None,
    no_browser: bool,
    port: int,
    idle_minutes: float,
) -> None:
    """Look at what a search found, decide and act, in the browser.

    With JOB, show its groups: a search's id, the beginning of one, or `last`. The page is for this
    user and this machine alone, and its address works once. It ends with Ctrl-C, with its window,
    or when it was not open for a while.

    \b
    Examples:
      difctl review
      difctl review last
      difctl review last --window
    """
    if no_browser and window:
        raise click.UsageError("Give --window or --no-browser, not both.")
    if job is not None and show_settings:
        raise click.UsageError("Give JOB or --settings, not both.")
    webview = review_window.load() if window else None
    with Client() as client:
        view = "settings" if show_settings else _view(client, job)
        settings = client.settings.look().settings
        wanted = window is None and not no_browser and settings.review.window
        language = settings.desktop.language
    if wanted:
        try:
            webview = review_window.load()
        except UsageError as error:
            click.echo(f"{error.message} {error.hint or ''}".rstrip(), err=True)
    if webview is not None:
        review_window.show(
            webview, port=port, view=view, idle_minutes=idle_minutes, language=language
        )
        return

    def announce(address: str, _end: Callable[[], None]) -> None:
        sys.stdout.write(f"{address}\n")
        sys.stdout.flush()
        if not no_browser and not _opened(address):
            click.echo("No browser could be opened; open the address above yourself.", err=True)

    serve(announce, port=port, view=view, idle_minutes=idle_minutes, language=language)


def _view(client: Client, job: str | None) -> str:
    """What the page shows first: of a search, or as an address of ours says."""
    if job is None:
        return ""
    if not job.lower().startswith(SCHEME):
        return f"job/{client.job(job).id}"
    view = view_of(job)
    if view is None:
        raise click.UsageError("This address names no view of the review page.")
    return view


def _opened(address: str) -> bool:
    """Open it in the browser, whose own complaints, of a bus perhaps, would hide the address."""
    if sys.stderr is None:
        return webbrowser.open(address)
    kept, nothing = os.dup(2), os.open(os.devnull, os.O_WRONLY)
    os.dup2(nothing, 2)
    try:
        return webbrowser.open(address)
    finally:
        os.dup2(kept, 2)
        os.close(kept)
        os.close(nothing)
