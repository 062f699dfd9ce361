"""What the shell completes: click by itself knows options and choices only, and no path."""

from __future__ import annotations

import click
from click.shell_completion import CompletionItem

from difd.protocol.settings import settings_by_name


def files(
    context: click.Context,  # noqa: ARG001  as click calls it
    parameter: click.Parameter,  # noqa: ARG001
    begun: str,
) -> list[CompletionItem]:
    """Files and folders, which the shell finds itself."""
    return [CompletionItem(begun, type="file")]


def folders(
    context: click.Context,  # noqa: ARG001
    parameter: click.Parameter,  # noqa: ARG001
    begun: str,
) -> list[CompletionItem]:
    """Folders, which the shell finds itself."""
    return [CompletionItem(begun, type="dir")]


def last(
    context: click.Context,  # noqa: ARG001
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
    return [CompletionItem(name) for name in settings_by_name() if name.startswith(begun)]
