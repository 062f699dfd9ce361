"""The watched folders on disk: their options, what is known of their pictures, what was found.

The daemon is its only writer; the engine host reads what is known. What a look learned and what it
found are written in one step, so that after a crash nothing is told twice and nothing is lost.
Free of numpy: the daemon's own process imports it.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Final

import msgspec

from difd.protocol.errors import UsageError
from difd.protocol.options import SearchOptions
from difd.protocol.watching import WATCHES_MAX, KnownImage, WatchFind
from difd.store.database import open_database, transaction
from difd.system import paths

FINDS_KEPT: Final = 200
"""Older finds are forgotten, as jobs are."""

_SCHEMA_VERSION: Final = 1
_SCHEMA: Final = """CREATE TABLE watches (
    folder BLOB PRIMARY KEY,
    options BLOB NOT NULL,
    added_ns INTEGER NOT NULL,
    learned INTEGER NOT NULL DEFAULT 0,
    last BLOB
) WITHOUT ROWID;
CREATE TABLE known (
    path BLOB PRIMARY KEY,
    watch BLOB NOT NULL REFERENCES watches (folder) ON DELETE CASCADE,
    readable INTEGER NOT NULL,
    entry BLOB NOT NULL
) WITHOUT ROWID;
CREATE INDEX known_of ON known (watch, readable);
CREATE TABLE finds (number INTEGER PRIMARY KEY AUTOINCREMENT, entry BLOB NOT NULL);
CREATE TABLE generation (mark TEXT NOT NULL);
INSERT INTO generation VALUES ('new');
"""

_encode = msgspec.msgpack.Encoder().encode
_decode_options = msgspec.msgpack.Decoder(SearchOptions).decode
_decode_known = msgspec.msgpack.Decoder(KnownImage).decode
_decode_find = msgspec.msgpack.Decoder(WatchFind).decode


class Watch(msgspec.Struct, frozen=True):
    """A watched folder as it is stored.

    Attributes:
        folder: absolute.
        options: of its searches.
        added_ns: when it was added, by our clock; what changed since then is new.
        learned: its pictures were all read once.
        last: the newest find in it.
    """

    folder: bytes
    options: SearchOptions
    added_ns: int
    learned: bool = False
    last: WatchFind | None = None


class WatchList:
    """The watched folders.

    Args:
        path: the SQLite file; created owner-only when missing.

    Raises:
        JournalUnusable: it was written by a newer version.
        sqlite3.DatabaseError: it is damaged, or not SQLite.
    """

    def __init__(self, path: Path) -> None:
        self._db = open_database(path, _SCHEMA, _SCHEMA_VERSION, synchronous="FULL")

    def close(self) -> None:
        """Close the file. Whatever was written is safe without it, too."""
        self._db.close()

    @property
    def generation(self) -> str:
        """A mark that is another one whenever what is known was changed (but by `learn`)."""
        (mark,) = self._db.execute("SELECT mark FROM generation").fetchone()
        return str(mark)

    def watches(self) -> list[Watch]:
        """All of them, in the order of their folders."""
        found = self._db.execute(
            "SELECT folder, options, added_ns, learned, last FROM watches ORDER BY folder"
        )
        return [
            Watch(
                folder,
                _decode_options(options),
                added_ns,
                bool(learned),
                None if last is None else _decode_find(last),
            )
            for folder, options, added_ns, learned, last in found
        ]

    def known_count(self, folder: bytes) -> int:
        """How many pictures are known in a watched folder."""
        (count,) = self._db.execute(
            "SELECT count(*) FROM known WHERE watch = ? AND readable = 1", (folder,)
        ).fetchone()
        return int(count)

    def known(self) -> Iterator[KnownImage]:
        """Everything that is known."""
        for watch, entry in self._db.execute("SELECT watch, entry FROM known"):
            yield msgspec.structs.replace(_decode_known(entry), watch=watch)

    def add(self, options: SearchOptions, now_ns: int) -> None:
        """Watch the folder of `options.paths`; one that is watched already gets these options.

        Raises:
            UsageError: there are too many.
        """
        (folder,) = options.paths
        with transaction(self._db):
            self._db.execute(
                "INSERT INTO watches (folder, options, added_ns) VALUES (?, ?, ?) ON CONFLICT "
                "(folder) DO UPDATE SET options = excluded.options, added_ns = excluded.added_ns, "
                "learned = 0",
                (folder, _encode(options), now_ns),
            )
            (count,) = self._db.execute("SELECT count(*) FROM watches").fetchone()
            if count > WATCHES_MAX:
                raise UsageError(f"{WATCHES_MAX} folders are watched already.")
            self._hand_over(self._holding(folder), folder, inside=folder)
            self._mark(uuid.uuid4().hex)

    def remove(self, folders: Sequence[bytes]) -> list[Watch]:
        """Watch folders no longer, all or none; returns them as they were.

        Raises:
            UsageError: one of them is not watched.
        """
        watched = {watch.folder: watch for watch in self.watches()}
        for folder in folders:
            if folder not in watched:
                raise UsageError(
                    "This folder is not watched.",
                    path=folder,
                    hint="See which are with: difctl watch list",
                )
        with transaction(self._db):
            for folder in dict.fromkeys(folders):
                # What lies in another watched folder, too, stays known.
                outer = self._holding(folder)
                if outer is not None:
                    self._hand_over(folder, outer, inside=outer)
                self._db.execute("DELETE FROM watches WHERE folder = ?", (folder,))
            self._mark(uuid.uuid4().hex)
        return [watched[folder] for folder in dict.fromkeys(folders)]

    def learn(self, images: Iterable[KnownImage]) -> None:
        """Know images that are nothing new; may be done before the look has ended."""
        with transaction(self._db):
            self._put(images)

    def settle(
        self,
        images: Iterable[KnownImage],
        gone: Iterable[bytes],
        learned: Iterable[bytes],
        generations: tuple[str, str],
        find: WatchFind | None = None,
    ) -> WatchFind | None:
        """Write down what a look came to, in one step.

        Args:
            images: what is known from now on.
            gone: paths that are known no more.
            learned: watched folders whose pictures were all read.
            generations: the mark when the look began, and a new one, which is set if the list was
                not changed meanwhile.
            find: what was found, its number left open; its job is in the journal.

        Returns:
            The find with its number.
        """
        with transaction(self._db):
            self._db.executemany("DELETE FROM known WHERE path = ?", [(path,) for path in gone])
            self._put(images)
            self._db.executemany(
                "UPDATE watches SET learned = 1 WHERE folder = ?", [(path,) for path in learned]
            )
            before, after = generations
            self._mark(after if self.generation == before else uuid.uuid4().hex)
            return None if find is None else self._add_find(find)

    def finds(self, after: int) -> list[WatchFind]:
        """Finds with a greater number, oldest first."""
        found = self._db.execute(
            "SELECT entry FROM finds WHERE number > ? ORDER BY number", (after,)
        )
        return [_decode_find(entry) for (entry,) in found]

    def newest_find(self) -> int:
        """The number of the newest find, 0 before the first."""
        (number,) = self._db.execute("SELECT coalesce(max(number), 0) FROM finds").fetchone()
        return int(number)

    def _add_find(self, find: WatchFind) -> WatchFind:
        number = self._db.execute("INSERT INTO finds (entry) VALUES (?)", (b"",)).lastrowid or 0
        find = msgspec.structs.replace(find, number=number)
        entry = _encode(find)
        self._db.execute("UPDATE finds SET entry = ? WHERE number = ?", (entry, number))
        self._db.execute("DELETE FROM finds WHERE number <= ?", (number - FINDS_KEPT,))
        self._db.executemany(
            "UPDATE watches SET last = ? WHERE folder = ?",
            [(entry, folder) for folder in find.folders],
        )
        return find

    def _put(self, images: Iterable[KnownImage]) -> None:
        # A folder may have been removed while it was looked at.
        self._db.executemany(
            "INSERT OR REPLACE INTO known (path, watch, readable, entry) "
            "SELECT ?, folder, ?, ? FROM watches WHERE folder = ?",
            (
                (image.path, int(bool(image.digest)), _encode(image), image.watch)
                for image in images
            ),
        )

    def _holding(self, folder: bytes) -> bytes | None:
        """The deepest other watched folder that this one lies in."""
        found = [
            outer
            for (outer,) in self._db.execute("SELECT folder FROM watches")
            if outer != folder and paths.holds(outer, folder)
        ]
        return max(found, key=len, default=None)

    def _hand_over(self, old: bytes | None, new: bytes, *, inside: bytes) -> None:
        """What is known of one watch becomes another's, as far as it lies in a folder."""
        start = paths.inside(inside)
        self._db.execute(
            "UPDATE known SET watch = ? WHERE watch = ? AND path >= ? AND path < ?",
            (new, old, start, start[:-1] + bytes([start[-1] + 1])),
        )

    def _mark(self, mark: str) -> None:
        self._db.execute("UPDATE generation SET mark = ?", (mark,))
