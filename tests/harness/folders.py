"""Folders for tests of discovery, and short ways to search them."""

from __future__ import annotations

import os
from pathlib import Path

from difd.engine.find.discover import Discovery, discover
from difd.protocol.options import SearchOptions


def search(*paths: Path | bytes, **options) -> Discovery:
    given = tuple(os.fsencode(path) for path in paths)
    if "reference" in options:
        options["reference"] = tuple(os.fsencode(path) for path in options["reference"])
    return discover(SearchOptions(paths=given, **options), lambda: False, lambda _: None)


def names(discovery: Discovery, base: Path) -> list[str]:
    return [os.path.relpath(os.fsdecode(found.path), base) for found in discovery.files]


def reasons(discovery: Discovery, base: Path) -> dict[str, str]:
    return {
        os.path.relpath(os.fsdecode(entry.path), base): entry.reason
        for entry in discovery.unreadable
    }


def touch(path: Path, content: bytes = b"x") -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    return path


def contents(folder: Path) -> dict[str, bytes]:
    """Every file below a folder, links followed, by its path from there."""
    found = {}
    for path in sorted(folder.rglob("*")):
        if path.is_file():
            found[str(path.relative_to(folder))] = path.read_bytes()
    return found


def lost(before: dict[str, bytes], *after: dict[str, bytes]) -> list[str]:
    """The files whose content is nowhere any more."""
    left = {content for folder in after for content in folder.values()}
    return [name for name, content in before.items() if content not in left]
