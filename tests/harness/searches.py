"""Searches on the command line, and what of their documents tests look at."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from harness.instance import Instance


def searched(instance: Instance, *arguments: str | bytes | Path) -> dict[str, Any]:
    """The document of a search: one line of ASCII."""
    answer = instance.difctl("search", "--json", *arguments)
    assert answer.returncode == 0, answer.stdout + answer.stderr
    assert answer.stdout.isascii()
    assert answer.stdout.count("\n") == 1
    document: dict[str, Any] = json.loads(answer.stdout)
    return document


def names(group: dict[str, Any]) -> list[str]:
    """The names of a group's files."""
    return sorted(Path(file["path"]).name for file in group["files"])
