"""Watched folders in tests: what the daemon says of them, and what it found."""

from __future__ import annotations

import os
from pathlib import Path

from difclient.client import Client
from difd.protocol.options import SearchOptions
from difd.protocol.results import Member
from difd.protocol.watching import WatchFind, WatchInfo
from harness.instance import wait_until

PATIENCE = 60
"""Seconds that a look may take: its own two seconds of silence, and starting the engine."""


def watch(folder: Path, **options) -> None:
    """Watch a folder, and wait until what is in it is known."""
    made = SearchOptions(paths=(os.fsencode(folder),), **options)
    with Client() as client:
        client.watching.add(made)
    settled(folder)


def info(folder: Path) -> WatchInfo:
    """How a watched folder is."""
    with Client(start=False) as client:
        return _info(client, folder)


def _info(client: Client, folder: Path) -> WatchInfo:
    (found,) = [w for w in client.watching.watches() if w.folder == os.fsencode(folder)]
    return found


def settled(folder: Path, state: str = "watching") -> WatchInfo:
    """Wait until a watched folder is in a state."""
    with Client(start=False) as client:
        wait_until(lambda: _info(client, folder).state == state, PATIENCE)
        return _info(client, folder)


def finds(after: int = 0) -> list[WatchFind]:
    """All finds with a greater number."""
    found = []
    with Client(start=False) as client:
        for find in client.watching.follow(after):
            if find is None:
                return found
            found.append(find)
    raise AssertionError("follow ended")


def next_find(after: int) -> WatchFind:
    """Wait for the find after this one; there must be no other."""
    wait_until(lambda: len(finds(after)) > 0, PATIENCE)
    (found,) = finds(after)
    assert found.number == after + 1
    return found


def members(find: WatchFind) -> list[set[str]]:
    """The names of the files in each group of a find."""
    groups: dict[int, set[str]] = {}
    with Client(start=False) as client:
        for row in client.results(find.job):
            if isinstance(row, Member):
                groups.setdefault(row.group, set()).add(os.path.basename(os.fsdecode(row.path)))
    return list(groups.values())


def new_members(find: WatchFind, names: set[str]) -> set[str]:
    """Those of some names that this find brought up and no earlier one."""
    earlier = [one for one in finds() if one.number < find.number]
    known = {name for one in earlier for group in members(one) for name in group}
    return (set().union(*members(find)) & names) - known


def looked(folder: Path, known: int) -> None:
    """Wait until a look has come to know so many pictures."""
    with Client(start=False) as client:
        wait_until(lambda: _info(client, folder).known == known, PATIENCE)
    settled(folder)
