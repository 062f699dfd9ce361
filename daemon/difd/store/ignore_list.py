"""The ignore list on disk: groups that somebody said are no duplicates, in one SQLite file.

The daemon adds and removes groups; searches and plans read it where they run, and a search brings
digests of version 1.0 up to date. Free of numpy: the daemon's own process imports it.
"""

from __future__ import annotations

import logging
import sqlite3
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import closing
from pathlib import Path
from typing import Final

import msgspec
from msgspec.structs import replace

from difd.digests import is_former
from difd.protocol.errors import UsageError
from difd.protocol.ignoring import NOTHING_IGNORED, Ignored, IgnoredContent, IgnoredGroup
from difd.store.database import JournalUnusable, open_database, transaction

PAGE_BYTES: Final = 1024 * 1024
"""A page of the list ends after this many bytes."""

ADDED_BYTES: Final = 16 * 1024 * 1024
"""Groups that take more, some 100,000 different files, are not added at once: they must fit one
message."""

_SCHEMA_VERSION: Final = 1
_SCHEMA: Final = """CREATE TABLE groups (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    id TEXT NOT NULL UNIQUE,
    entry BLOB NOT NULL
)"""

_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(IgnoredGroup).decode
_log = logging.getLogger(__name__)


class IgnoreList:
    """The ignored groups.

    Args:
        path: the SQLite file; created owner-only when missing.

    Raises:
        JournalUnusable: it was written by a newer version.
        sqlite3.DatabaseError: it is damaged, or not SQLite.
    """

    def __init__(self, path: Path) -> None:
        self._db = open_database(path, _SCHEMA, _SCHEMA_VERSION)

    def close(self) -> None:
        """Close the file. Whatever was written is safe without it, too."""
        self._db.close()

    def add(self, groups: Iterable[Iterable[IgnoredContent]], now: float) -> list[IgnoredGroup]:
        """Ignore groups, all or none; one that is in the list already stays as it is.

        Args:
            groups: the contents of each.
            now: seconds since 1970.

        Raises:
            UsageError: they are too large.
        """
        entries = [_entry(tuple(contents), now) for contents in groups]
        rows = [(entry.id, _encode(entry)) for entry in entries]
        if sum(len(blob) for _, blob in rows) > ADDED_BYTES:
            raise UsageError("So many different files cannot be ignored at once.")
        with transaction(self._db):
            self._db.executemany("INSERT OR IGNORE INTO groups (id, entry) VALUES (?, ?)", rows)
        return [self.find(entry.id) for entry in entries]

    def page(self, cursor: int) -> tuple[list[IgnoredGroup], int | None]:
        """Groups from `cursor` on, oldest first, and where to go on (None: that was all)."""
        found = self._db.execute(
            "SELECT number, entry FROM groups WHERE number > ? ORDER BY number", (cursor,)
        )
        groups: list[IgnoredGroup] = []
        size = 0
        for number, blob in found:
            size += len(blob)
            if groups and size > PAGE_BYTES:
                return groups, cursor
            groups.append(_decode(blob))
            cursor = number
        return groups, None

    def find(self, reference: str) -> IgnoredGroup:
        """The group with this id or the only one whose id begins so.

        Raises:
            UsageError: there is none, or several.
        """
        found = self._db.execute(
            "SELECT entry FROM groups WHERE substr(id, 1, ?) = ? LIMIT 2",
            (len(reference), reference),
        ).fetchall()
        if not found:
            raise UsageError(
                f"There is no ignored group {reference!r}.",
                hint="List them with: difctl ignore list",
            )
        if len(found) > 1:
            raise UsageError(
                f"Several ignored groups begin with {reference!r}; give more of the id."
            )
        return _decode(found[0][0])

    def remove(self, references: Iterable[str]) -> list[IgnoredGroup]:
        """Take groups off the list, all or none; returns them.

        Raises:
            UsageError: one of them is not there, or is not the only one that begins so.
        """
        groups = {group.id: group for group in map(self.find, references)}
        with transaction(self._db):
            self._db.executemany("DELETE FROM groups WHERE id = ?", [(id_,) for id_ in groups])
        return list(groups.values())

    def has_former(self) -> bool:
        """Whether it has digests of version 1.0."""
        return any(
            is_former(content.digest) for _, _, entry in self._rows() for content in entry.contents
        )

    def renew(self, formers: Mapping[bytes, bytes]) -> None:
        """Put digests of today in the place of those of version 1.0.

        Args:
            formers: digests of today by those of version 1.0; others stay as they are.
        """
        renewed = [
            (_encode(_renewed(entry, formers)), number, blob)
            for number, blob, entry in self._rows()
            if any(content.digest in formers for content in entry.contents)
        ]
        with transaction(self._db):
            # Of what was changed meanwhile, the next search takes care.
            self._db.executemany(
                "UPDATE groups SET entry = ? WHERE number = ? AND entry = ?", renewed
            )

    def ignored(self) -> Ignored:
        """What the list says about any two contents."""
        return Ignored(entry for _, _, entry in self._rows())

    def _rows(self) -> Iterator[tuple[int, bytes, IgnoredGroup]]:
        for number, blob in self._db.execute("SELECT number, entry FROM groups ORDER BY number"):
            yield number, blob, _decode(blob)


Formers = Callable[[], Mapping[bytes, bytes]]
"""Gives the digests of all contents of a search by what version 1.0 called them."""


def read_ignored(path: Path, formers: Formers | None = None) -> Ignored:
    """What is ignored, for a search or a plan; a list that cannot be read ignores nothing.

    More is shown then than is wanted, and nothing is lost by that.

    Args:
        path: of the list.
        formers: asked only while the list has digests of version 1.0.
    """
    if not path.exists():
        return NOTHING_IGNORED
    try:
        with closing(IgnoreList(path)) as groups:
            if formers is not None and groups.has_former():
                groups.renew(formers())
            return groups.ignored()
    except (sqlite3.Error, OSError, JournalUnusable, msgspec.MsgspecError) as error:
        _log.warning("the ignore list %s cannot be read, and nothing is ignored: %s", path, error)
        return NOTHING_IGNORED


def _renewed(entry: IgnoredGroup, formers: Mapping[bytes, bytes]) -> IgnoredGroup:
    contents = [
        replace(content, digest=formers.get(content.digest, content.digest))
        for content in entry.contents
    ]
    return replace(entry, contents=tuple(contents))


def _entry(contents: tuple[IgnoredContent, ...], now: float) -> IgnoredGroup:
    """The entry for a group; the same contents have the same id, however many copies there are."""
    import hashlib  # noqa: PLC0415  it loads OpenSSL, which nothing else here needs

    name = hashlib.blake2b(digest_size=16)
    for digest, repeated in sorted((one.digest, one.count > 1) for one in contents):
        name.update(digest + bytes([repeated]))
    return IgnoredGroup(name.hexdigest(), now, contents)
