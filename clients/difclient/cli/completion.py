"""What the shell completes: click by itself knows options and choices only, and no path."""

from __future__ import annotations

from collections.abc import Callable

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


def last(
    context: click.Context,  # noqa: ARG001  as click calls it
    parameter: click.Parameter,  # noqa: ARG001
    begun: str,
) -> list[CompletionItem]:
    """The one name that every job and action can have; others are with the daemon."""
    return [CompletionItem("last")] if "last".startswith(begun) else []


def settings(
    context: click.Context,  # noqa: ARG001
    parameter: click.Parameter,  # noqa: ARG001
    begun: str,
) -> list[CompletionItem]:
    """Names of settings."""
    from difd.protocol.settings import settings_by_name  # noqa: PLC0415  when the shell asks

    return [CompletionItem(name) for name in settings_by_name() if name.startswith(begun)]
