"""What the shell completes: click by itself knows options and choices only, and no path."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Final

import click
from click.shell_completion import CompletionItem

_Complete = Callable[[click.Context, click.Parameter, str], list[CompletionItem]]


def _paths(kind: str) -> _Complete:
    """Paths, which the shell finds itself."""
    return lambda _context, _parameter, begun: [CompletionItem(begun, type=kind)]


files = _paths("file")
"""Files and folders."""

folders = _paths("dir")
"""Folders."""


JOBS_OFFERED: Final = 20
"""Searches that are offered, the newest first."""


def searches(
    context: click.Context,  # noqa: ARG001  as click calls it
    parameter: click.Parameter,  # noqa: ARG001
    begun: str,
) -> list[CompletionItem]:
    """`last`, and the newest searches by their short ids, if a daemon runs that knows them."""
    return [
        CompletionItem(name, help=words)
        for name, words in [("last", None), *_newest()]
        if name.startswith(begun)
    ]


def last(
    context: click.Context,  # noqa: ARG001
    parameter: click.Parameter,  # noqa: ARG001
    begun: str,
) -> list[CompletionItem]:
    """The one name that every action can have; others are with the daemon."""
    return [CompletionItem("last")] if "last".startswith(begun) else []


def similarities(
    context: click.Context,  # noqa: ARG001
    parameter: click.Parameter,  # noqa: ARG001
    begun: str,
) -> list[CompletionItem]:
    """The words for how alike pictures have to be."""
    words = ("duplicates", "similar", "edited")
    return [CompletionItem(word) for word in words if word.startswith(begun)]


def rules(
    context: click.Context,  # noqa: ARG001
    parameter: click.Parameter,  # noqa: ARG001
    begun: str,
) -> list[CompletionItem]:
    """The keep rules that may follow those that were written, up to what each needs."""
    from difd.protocol.keep_rules import WRITTEN  # noqa: PLC0415

    before, comma, started = begun.rpartition(",")
    used = {rule.partition(":")[0] for rule in before.split(",")}
    names = [rule.partition(":")[0] + (":" if ":" in rule else "") for rule in WRITTEN]
    return [
        CompletionItem(f"{before}{comma}{name}")
        for name in names
        if name.startswith(started) and name.rstrip(":") not in used
    ]


def _newest() -> Iterator[tuple[str, str]]:
    from difclient.client import Client  # noqa: PLC0415
    from difclient.language.text import printable  # noqa: PLC0415
    from difd.protocol.errors import DifdError  # noqa: PLC0415

    try:
        with Client(start=False) as client:
            found = client.jobs(JOBS_OFFERED)
    except (DifdError, OSError):
        return
    for job in found:
        yield job.id[:8], ", ".join(map(printable, job.options.paths[:2]))


def settings(
    context: click.Context,  # noqa: ARG001
    parameter: click.Parameter,  # noqa: ARG001
    begun: str,
) -> list[CompletionItem]:
    """Names of settings."""
    from difd.protocol.settings import settings_by_name  # noqa: PLC0415  when the shell asks

    return [CompletionItem(name) for name in settings_by_name() if name.startswith(begun)]
