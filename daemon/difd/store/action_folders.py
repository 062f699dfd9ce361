"""What the action journal knows of folders: which an action may empty, and which it makes.

Part of the journal's file. A row says what is going to happen to a folder before it happens.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable
from typing import Final, Literal

import msgspec

from difd.store.action_items import Appearance
from difd.store.database import transaction

FOLDERS_SCHEMA: Final = """
CREATE TABLE IF NOT EXISTS folders (
    action TEXT NOT NULL REFERENCES actions (id) ON DELETE CASCADE,
    path BLOB NOT NULL,
    stage TEXT NOT NULL,
    folder BLOB NOT NULL,
    PRIMARY KEY (action, path)
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS unsettled_folders ON folders (stage)
    WHERE stage IN ('removing', 'making');
"""

FolderStage = Literal["limit", "noted", "removing", "removed", "making", "begun", "made", "awaited"]
"""What a folder is to an action.

`limit`: it stays, and those above it. `noted`: it holds a file that goes. `removing`, `making`:
written down, and perhaps done. `removed`; `made`: made again by undo. `begun`: perhaps made again,
by a process that died. `awaited`: it was not there, and files are moved into it.
"""


class FolderRow(msgspec.Struct, frozen=True):
    """A folder of an action.

    Attributes:
        action: the action's id.
        path: absolute.
        stage: what it is to the action.
        home: the folder that holds it, links resolved.
        device, inode: which folder it was.
        appearance: what it was like before the action.
    """

    action: str
    path: bytes
    stage: FolderStage
    home: bytes = b""
    device: int = 0
    inode: int = 0
    appearance: Appearance | None = None


_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(FolderRow).decode


class ActionFolders:
    """The table of folders.

    Args:
        database: the journal's.
    """

    def __init__(self, database: sqlite3.Connection) -> None:
        self._db = database

    def note(self, rows: Iterable[FolderRow]) -> None:
        """Write down folders that are not written down yet."""
        self._write("INSERT OR IGNORE", rows)

    def save(self, rows: Iterable[FolderRow]) -> None:
        """Write down what became, or is to become, of folders: all of them at once or none."""
        self._write("INSERT OR REPLACE", rows)

    def rows(self, action: str, *stages: FolderStage) -> list[FolderRow]:
        """The folders of an action in these stages."""
        marks = ", ".join("?" * len(stages))
        found = self._db.execute(
            f"SELECT folder FROM folders WHERE action = ? AND stage IN ({marks}) ORDER BY path",  # noqa: S608  ours
            (action, *stages),
        )
        return [_decode(folder) for (folder,) in found]

    def count(self, action: str, stage: FolderStage) -> int:
        """How many folders of an action are in a stage."""
        (count,) = self._db.execute(
            "SELECT count(*) FROM folders WHERE action = ? AND stage = ?", (action, stage)
        ).fetchone()
        return int(count)

    def unsettled(self) -> list[FolderRow]:
        """Folders that a process was about to remove or to make when it died."""
        found = self._db.execute("SELECT folder FROM folders WHERE stage IN ('removing', 'making')")
        return [_decode(folder) for (folder,) in found]

    def _write(self, how: str, rows: Iterable[FolderRow]) -> None:
        values = [(row.action, row.path, row.stage, _encode(row)) for row in rows]
        if not values:
            return
        with transaction(self._db):
            self._db.executemany(
                f"{how} INTO folders (action, path, stage, folder) VALUES (?, ?, ?, ?)", values
            )
