"""What tells paths and facts of several files apart, so that the page can make it stand out."""

from __future__ import annotations

from collections.abc import Sequence

from difclient.language.numbers import size, when
from difclient.review.result import File
from difd.system import paths as system_paths

Words = tuple[str, bool]
"""A piece of text, and whether it is what differs."""


def paths_told_apart(paths: Sequence[bytes]) -> list[list[tuple[bytes, bool]]]:
    """Each path from the folder on that all are in, in pieces, those marked that differ."""
    slash = system_paths.SLASH
    parts = [system_paths.parts(path) for path in paths]
    shortest = min(map(len, parts))
    same = next(
        (place for place in range(shortest) if len({one[place] for one in parts}) > 1), shortest
    )
    # Of a path that is all the same, the name is left.
    same = min(same, shortest - 1)
    room = shortest - same
    tail = next((back for back in range(room) if len({one[-1 - back] for one in parts}) > 1), 0)
    head = parts[0][max(1, same - 1) : same]
    told = []
    for one in parts:
        middle = one[same : len(one) - tail]
        pieces = [(slash.join([*head, b""]), False)] if head else []
        pieces.append((slash.join(middle), len(set(paths)) > 1))
        if tail:
            pieces.append((slash + slash.join(one[len(one) - tail :]), False))
        told.append(pieces)
    return told


def facts_told_apart(files: Sequence[File]) -> list[list[Words]]:
    """What is known of each file, in words, with what differs among them."""
    columns = [[_facts(file)[number] for file in files] for number in range(4)]
    return [
        [(column[place], len(set(column)) > 1) for column in columns if column[place]]
        for place in range(len(files))
    ]


def _facts(file: File) -> tuple[str, str, str, str]:
    member = file.member
    resolution = f"{member.width} × {member.height}" if member.width else ""
    return resolution, size(member.size), member.format, when(member.modified / 1e9)
