"""What the index of the tensor cache is told of a file that was read, and of its record."""

from __future__ import annotations

from functools import cache

import xxhash

from difd.engine.record import Found, ReadRequest
from difd.store.cache.index import FileRow, SlotRow, this_hour
from difd.store.cache.slab import Place
from difd.store.freshness import is_settled


def file_row(
    request: ReadRequest, digest: bytes, before: FileRow | None, *, local: bool
) -> FileRow:
    """What is written about a file; two reads of one stat, apart in time, make it trusted.

    Args:
        request: what it was read for.
        digest: of its content.
        before: what was known of it.
        local: our clock sets its times.
    """
    file = request.file
    seen = request.asked_ns
    if before is not None and before.digest == digest and is_same(before, file):
        seen = before.seen
    trusted = is_settled(file.mtime_ns, file.ctime_ns, request.asked_ns, local=local, seen_ns=seen)
    return FileRow(
        file.device,
        file.inode,
        file.size,
        file.mtime_ns,
        file.ctime_ns,
        digest,
        seen,
        int(trusted),
    )


def slot_row(request: ReadRequest, digest: bytes, form: str, slab: int, place: Place) -> SlotRow:
    """What is written about a record, or features, in some form that lies in a slab."""
    return SlotRow(digest, form_key(form), request.file.size, slab, *place, this_hour())


def is_same(row: FileRow, file: Found) -> bool:
    """Whether a file has the stat with which it was read."""
    return (row.size, row.mtime, row.ctime) == (file.size, file.mtime_ns, file.ctime_ns)


@cache
def form_key(form: str) -> bytes:
    """By what a form (see `memory.form_of`) is looked up; 8 bytes."""
    return xxhash.xxh3_64(form.encode()).digest()
