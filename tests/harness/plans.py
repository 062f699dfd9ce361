"""Groups as a search would find them among files, to plan with and no search needed."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

from difd.protocol.results import Group, Member
from harness.witnesses import witness


def group(keeper: Path, *removals: Path) -> list[Group | Member]:
    """The rows of one group: what stays, and its copies."""
    members = [_member(keeper, None), *(_member(path, keeper) for path in removals)]
    return [Group(1, None, len(members), 0), *members]


def copies(folder: Path, names: Sequence[str], content: bytes = b"picture") -> list[Path]:
    """Files of one content, in folders that are made."""
    paths = [folder / name for name in names]
    for path in paths:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    return paths


def _member(path: Path, keeper: Path | None) -> Member:
    seen = witness(path)
    return Member(
        group=1,
        path=seen.path,
        action="keep" if keeper is None else "remove",
        reason="…",
        width=1,
        height=1,
        size=seen.size,
        modified=seen.mtime_ns,
        format="PNG",
        keeper=None if keeper is None else os.fsencode(keeper),
        match=None if keeper is None else "bytes",
        digest=seen.digest,
    )
