"""What to say of things that were asked for and had no effect, or could not be done.

These sentences stand beside the result, so that nobody takes silence for "there are none".
"""

from __future__ import annotations

import os
from collections.abc import Collection, Iterable, Iterator, Sequence

from difd.engine.find.left_out import ENTRIES
from difd.engine.find.roots import Root, shown
from difd.engine.record import Record, Unreadable
from difd.system import paths


def idle_exclusions(values: Iterable[str]) -> Iterator[str]:
    """Of exclusions that left nothing out."""
    for value in values:
        yield f"Nothing matched --exclude {value!r}."


def empty_roots(
    roots: Sequence[Root],
    filled: Collection[tuple[int, int]],
    unreadable: Iterable[Unreadable],
) -> Iterator[str]:
    """Of folders in which nothing was found, where there are several.

    Args:
        roots: the folders that were walked.
        filled: identities of those in which a picture was found.
        unreadable: what was not read, and why.
    """
    if len(roots) < 2:  # noqa: PLR2004  of a single one, the whole result says it
        return
    closed = {entry.path: entry.reason for entry in unreadable}
    for root in roots:
        if root.path in closed:
            reason = closed[root.path].removeprefix("folder: ")
            yield f"The folder {shown(root.path)} was not searched: {reason}."
        elif not any(one.identity in filled and paths.holds(root.real, one.real) for one in roots):
            yield f"No picture was found in {shown(root.path)}."


def not_all_counted() -> Iterator[str]:
    """Of more files that were left out than were counted."""
    yield (
        "More files were left out than were counted: recycle bins, snapshots and caches hold over "
        f"{ENTRIES:,} entries."
    )


def unread_names(
    named: Iterable[bytes], records: Iterable[Record], unreadable: Iterable[Unreadable]
) -> Iterator[str]:
    """Of images that were given by name and could not be read.

    Args:
        named: their paths, as given.
        records: what was read.
        unreadable: what was not, and why.
    """
    read = {name for record in records for name in (record.file.path, *record.file.links)}
    reasons = {entry.path: entry.reason for entry in unreadable}
    for path in named:
        if path not in read:
            reason = reasons.get(path) or reasons.get(os.path.realpath(path), "it is gone")
            yield f"{shown(path)} was named and could not be read: {reason}."
