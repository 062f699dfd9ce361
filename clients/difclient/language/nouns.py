"""Nouns that are counted everywhere, and the states of searches."""

from __future__ import annotations

from typing import Final

from difclient.language.catalogue import counted, marked
from difd.protocol.jobs import JobState


def count_files(count: int) -> str:
    """So many files."""
    return counted("%(count)s file", "%(count)s files", count)


def count_pictures(count: int) -> str:
    """So many pictures."""
    return counted("%(count)s picture", "%(count)s pictures", count)


def count_groups(count: int) -> str:
    """So many groups."""
    return counted("%(count)s group", "%(count)s groups", count)


def count_copies(count: int) -> str:
    """So many edited copies."""
    return counted("%(count)s edited copy", "%(count)s edited copies", count)


STATES: Final[dict[JobState, str]] = {
    "queued": marked("waiting"),
    "running": marked("running"),
    "paused": marked("paused"),
    "done": marked("done"),
    "failed": marked("failed"),
    "cancelled": marked("cancelled"),
    "interrupted": marked("interrupted"),
}
"""The states of a search, in an English word that is translated where it is shown."""
