"""The action journal: every plan and what became of each of its files, in one SQLite file.

Whoever changes files writes here first: the daemon's action process and the Python API, one at a
time, because both hold the action lock. The daemon itself only reads. Free of numpy.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Final

import msgspec

from difd.protocol.actions import ActionInfo, HeldBack, PlanItem
from difd.protocol.errors import UsageError
from difd.store.action_folders import FOLDERS_SCHEMA, ActionFolders
from difd.store.action_items import Item, Stage
from difd.store.database import open_database, transaction

ACTIONS_KEPT: Final = 1000
"""Older actions are forgotten when new ones are planned; with them the way to undo them."""

_SCHEMA_VERSION: Final = 2
_SCHEMA: Final = """
CREATE TABLE IF NOT EXISTS actions (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    id TEXT NOT NULL UNIQUE,
    state TEXT NOT NULL,
    info BLOB NOT NULL
);
CREATE TABLE IF NOT EXISTS items (
    action TEXT NOT NULL REFERENCES actions (id) ON DELETE CASCADE,
    number INTEGER NOT NULL,
    stage TEXT NOT NULL,
    item BLOB NOT NULL,
    PRIMARY KEY (action, number)
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS unsettled ON items (stage) WHERE stage IN ('doing', 'undoing');
CREATE TABLE IF NOT EXISTS held (
    action TEXT NOT NULL REFERENCES actions (id) ON DELETE CASCADE,
    number INTEGER NOT NULL,
    held BLOB NOT NULL,
    PRIMARY KEY (action, number)
) WITHOUT ROWID;
""" + FOLDERS_SCHEMA.lstrip()
_PAGE: Final = 200

_encode = msgspec.msgpack.Encoder().encode
_decode_info = msgspec.msgpack.Decoder(ActionInfo).decode
_decode_item = msgspec.msgpack.Decoder(Item).decode
_decode_held = msgspec.msgpack.Decoder(HeldBack).decode


class ActionJournal:
    """Plans, actions and the fate of every file, on disk.

    A write is on the disk itself when it returns: what follows it may take a file away.

    Args:
        path: the SQLite file; created owner-only when missing.

    Attributes:
        folders: what becomes of folders.

    Raises:
        JournalUnusable: it was written by a newer version.
        sqlite3.DatabaseError: it is damaged, or not SQLite.
    """

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        # A power cut must not take back what was written before a file went.
        self._db = open_database(path, _SCHEMA, _SCHEMA_VERSION, synchronous="FULL")
        self.folders = ActionFolders(self._db)

    def close(self) -> None:
        """Close the file. Whatever was written is safe without it, too."""
        self._db.close()

    def add(self, info: ActionInfo, items: Iterable[Item], held: Iterable[HeldBack]) -> None:
        """Write a new plan, and forget plans that have expired and the oldest actions."""
        with transaction(self._db):
            self._forget(info.created)
            self._db.execute(
                "INSERT INTO actions (id, state, info) VALUES (?, ?, ?)",
                (info.id, info.state, _encode(info)),
            )
            self._db.executemany(
                "INSERT INTO items (action, number, stage, item) VALUES (?, ?, ?, ?)",
                ((info.id, item.shown.number, item.stage, _encode(item)) for item in items),
            )
            self._db.executemany(
                "INSERT INTO held (action, number, held) VALUES (?, ?, ?)",
                ((info.id, number, _encode(row)) for number, row in enumerate(held)),
            )

    def save(self, info: ActionInfo, items: Iterable[Item] = ()) -> None:
        """Write an action's new state and that of some of its items, at once or not at all.

        Raises:
            sqlite3.DatabaseError: it was forgotten meanwhile, or cannot be written.
        """
        with transaction(self._db):
            saved = self._db.execute(
                "UPDATE actions SET state = ?, info = ? WHERE id = ?",
                (info.state, _encode(info), info.id),
            )
            # What follows would happen without being written down.
            if saved.rowcount != 1:
                raise sqlite3.DatabaseError("the plan was forgotten")
            self.write(info.id, items)

    def write(self, action: str, items: Iterable[Item]) -> None:
        """Write the state of items."""
        self._db.executemany(
            "UPDATE items SET stage = ?, item = ? WHERE action = ? AND number = ?",
            ((item.stage, _encode(item), action, item.shown.number) for item in items),
        )

    def find(self, reference: str) -> list[ActionInfo]:
        """The actions that `reference` may mean: an id or the beginning of one; two suffice."""
        found = self._db.execute(
            "SELECT info FROM actions WHERE substr(id, 1, ?) = ? ORDER BY id = ? DESC, number DESC "
            "LIMIT 2",
            (len(reference), reference, reference),
        )
        infos = [_decode_info(info) for (info,) in found]
        return infos[:1] if infos and infos[0].id == reference else infos

    def newest(self, limit: int) -> list[ActionInfo]:
        """The newest actions first, without plans that were never carried out."""
        found = self._db.execute(
            "SELECT info FROM actions WHERE state NOT IN ('planning', 'planned', 'failed')"
            " ORDER BY number DESC LIMIT ?",
            (limit,),
        )
        return [_decode_info(info) for (info,) in found]

    def items(self, action: str, stages: Iterable[Stage] = ()) -> Iterator[Item]:
        """The items of an action in their order, fetched page by page; only in these stages."""
        wanted = set(stages)
        after = -1
        while page := self._page("item", "items", action, after, _PAGE):
            for after, blob in page:  # noqa: B007  the last one is where to go on
                item = _decode_item(blob)
                if not wanted or item.stage in wanted:
                    yield item

    def rows(self, action: str, cursor: int, limit: int) -> list[PlanItem | HeldBack]:
        """At most `limit` rows from row `cursor` on: items first, then what was held back."""
        rows: list[PlanItem | HeldBack] = [
            shown(_decode_item(blob))
            for _, blob in self._page("item", "items", action, cursor - 1, limit)
        ]
        if len(rows) < limit:
            (count,) = self._db.execute(
                "SELECT count(*) FROM items WHERE action = ?", (action,)
            ).fetchone()
            after = max(cursor, count) - count - 1
            held = self._page("held", "held", action, after, limit - len(rows))
            rows += [_decode_held(blob) for _, blob in held]
        return rows

    def unsettled(self) -> list[tuple[ActionInfo, list[Item]]]:
        """Actions that a process left half way, with the items that it was at."""
        found = self._db.execute(
            "SELECT info FROM actions WHERE state IN ('running', 'undoing') ORDER BY number"
        ).fetchall()
        infos = [_decode_info(info) for (info,) in found]
        return [(info, list(self.items(info.id, ("doing", "undoing")))) for info in infos]

    def is_begun(self, action: str) -> bool:
        """Whether some file of an action is announced or done."""
        return bool({"doing", "done"} & self.stages(action).keys())

    def stages(self, action: str) -> dict[Stage, int]:
        """How many items are in each stage."""
        found = self._db.execute(
            "SELECT stage, count(*) FROM items WHERE action = ? GROUP BY stage", (action,)
        )
        return dict(found)

    def _page(
        self, column: str, table: str, action: str, after: int, limit: int
    ) -> list[tuple[int, bytes]]:
        return self._db.execute(
            f"SELECT number, {column} FROM {table} WHERE action = ? AND number > ? "  # noqa: S608  ours
            "ORDER BY number LIMIT ?",
            (action, after, limit),
        ).fetchall()

    def _forget(self, now: float) -> None:
        planned = self._db.execute(
            "SELECT info FROM actions WHERE state IN ('planning', 'planned', 'failed')"
        ).fetchall()
        expired = [info.id for (blob,) in planned if (info := _decode_info(blob)).expires < now]
        self._db.executemany("DELETE FROM actions WHERE id = ?", ((one,) for one in expired))
        # Plans count for nothing here: a thousand looks must not cost the way to undo.
        self._db.execute(
            "DELETE FROM actions WHERE state IN ('done', 'interrupted') AND number <= "
            "(SELECT number FROM actions WHERE state IN ('done', 'interrupted') "
            "ORDER BY number DESC LIMIT 1 OFFSET ?)",
            (ACTIONS_KEPT,),
        )


def find_action(journal: ActionJournal, reference: str) -> ActionInfo:
    """The action that `reference` means.

    Raises:
        UsageError: none, or several.
    """
    found = journal.find(reference) if reference else []
    if not found:
        raise UsageError(
            f"There is no action {reference!r}.", hint="List them with: difctl history"
        )
    if len(found) > 1:
        raise UsageError(f"Several actions begin with {reference!r}; give more of the id.")
    return found[0]


def planned(journal: ActionJournal, token: str) -> ActionInfo:
    """The action with this id, which must be whole: no other plan may be meant by mistake.

    Raises:
        UsageError: there is none.
    """
    found = find_action(journal, token)
    if found.id != token:
        raise UsageError("A plan is carried out by its whole id only.")
    return found


def newest_undoable(journal: ActionJournal) -> ActionInfo | None:
    """The newest action of which something is away that can be brought back."""
    for info in journal.newest(ACTIONS_KEPT):
        if info.options.verb == "delete":
            continue
        # Of an action that a process left half way the journal counts too little until it is
        # settled; an older one must not be undone in its stead.
        if info.done > info.undone or (info.state == "running" and journal.is_begun(info.id)):
            return info
    return None


def shown(item: Item) -> PlanItem:
    """An item as clients see it now."""
    state = {"doing": "planned", "undoing": "done"}.get(item.stage, item.stage)
    step = item.steps[0] if item.steps and state == "done" else None
    return msgspec.structs.replace(
        item.shown,
        state=state,
        target=getattr(step, "target", None),
        message=item.message,
    )
