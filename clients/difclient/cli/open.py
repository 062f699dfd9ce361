"""`difctl open`: what the entries of file managers call. It has no terminal, and nobody waits."""

from __future__ import annotations

import os
from typing import Final, Literal

import click

from difclient.cli.outcome import print_job
from difclient.cli.shared_options import json_option
from difclient.client import Client
from difclient.language.catalogue import _, speaking
from difclient.language.choice import desktop_language
from difclient.language.text import printable
from difclient.paths import existing_path
from difd.protocol.errors import DifdError, InvalidOption
from difd.protocol.options import DUPLICATES, SIMILAR, SearchOptions
from difd.protocol.watching import SEARCHES_ONLY
from difd.system import interpreter, processes

COMPARED: Final = 1000.0
"""The threshold of `--compare`: what somebody picked by hand need not be as close as copies are."""

_SIMILARITIES: Final = {
    "duplicates": DUPLICATES,
    "similar": SIMILAR,
    "copies": SIMILAR,
    "compare": COMPARED,
}
_What = Literal["duplicates", "similar", "copies", "compare", "watch"]


@click.command("open")
@click.argument("paths", nargs=-1, metavar="PATH...")
@click.option("--similar", "what", flag_value="similar", help="Find similar images.")
@click.option("--copies", "what", flag_value="copies", help="Find copies of these images.")
@click.option("--compare", "what", flag_value="compare", help="Compare these images.")
@click.option("--watch", "what", flag_value="watch", help="Watch these folders for duplicates.")
@json_option
def open_(paths: tuple[str, ...], what: _What | None, as_json: bool) -> None:
    """Start a search and return at once; a notification says what was found.

    This is what the menus of file managers call. Without an option it finds duplicates; --similar,
    --copies and --compare match images of other sizes, too. Everything given is searched together;
    one image alone is searched for in its own folder.

    \b
    Examples:
      difctl open ~/Pictures
      difctl open --copies holiday.jpg
    """
    try:
        if not paths:
            raise InvalidOption("No file or folder on this machine was given.")
        given = tuple(existing_path(path) for path in paths)
        with Client(here=True, to_search=what != "watch") as client:
            if what == "watch":
                _watch(client, given)
                return
            options, decided = search_options(what or "duplicates", given)
            job = client.submit(client.settings.complete(options, decided))
    except DifdError as error:
        from difclient.follower import tell_failure  # noqa: PLC0415  slow, and seldom needed

        with speaking(desktop_language()):
            tell_failure(error)
        raise
    _leave_follower(job.id)
    print_job(job, as_json=as_json)


def search_options(
    what: Literal["duplicates", "similar", "copies", "compare"], paths: tuple[bytes, ...]
) -> tuple[SearchOptions, frozenset[str]]:
    """The search that an entry means, and the names of the options that no setting changes.

    Raises:
        InvalidOption: fewer than two images are to be compared.
    """
    if what == "compare" and len(paths) < 2:  # noqa: PLR2004  one alone has nothing beside it
        raise InvalidOption("Give at least two images to compare.")
    # Folders and images that were selected together are meant together.
    query = what == "copies" or not any(os.path.isdir(path) for path in paths)
    options = SearchOptions(
        paths=paths,
        similarity=_SIMILARITIES[what],
        same_dim=what == "duplicates",
        query=query,
    )
    decided = {"similarity"} if what == "duplicates" else {"similarity", "same_dim"}
    if what in {"copies", "compare"}:
        # Images that were picked by hand are compared wherever they lie.
        decided.add("across")
    return options, frozenset(decided)


def _watch(client: Client, folders: tuple[bytes, ...]) -> None:
    """Watch folders from now on, and tell that it was done: nothing else shows it."""
    from difclient.notify import show_notification  # noqa: PLC0415  slow, and seldom needed

    for folder in folders:
        options = SearchOptions(paths=(folder,))
        client.watching.add(client.settings.complete(options, SEARCHES_ONLY))
    names = "\n".join(printable(folder) for folder in folders)
    configured = client.settings.look().settings.desktop.language
    with speaking(desktop_language(configured)):
        title = _("Watching for duplicates from now on")
    show_notification(title, names)


def _leave_follower(job: str) -> None:
    """Start a follower that outlives this process, and return at once."""
    process = processes.start_beside([*interpreter.COMMAND, "-m", "difclient.follower", job])
    # Python must not take it for a child that we forgot.
    process.returncode = 0
