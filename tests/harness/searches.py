"""Searches on the command line, and what of their documents tests look at."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from harness.commands import answered
from harness.instance import Instance


def searched(instance: Instance, *arguments: str | bytes | Path) -> dict[str, Any]:
    """The document of a search."""
    found: dict[str, Any] = answered(instance, "search", *arguments)
    return found


def names(group: dict[str, Any]) -> list[str]:
    """The names of a group's files."""
    return sorted(Path(file["path"]).name for file in group["files"])
