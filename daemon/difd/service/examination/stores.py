"""Whether the databases are sound, and whether an action was left half done."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from urllib.parse import quote

from difd.protocol.endpoint import user_endpoint
from difd.protocol.errors import OwnFilesUnsafe
from difd.protocol.findings import Finding
from difd.store.cache.layout import default_directory, index_path
from difd.store.database import check_database

_RESTART = "The daemon puts a damaged one aside when it starts. Run: difctl daemon restart"


def stores(section: str) -> Iterator[Finding]:
    """All of them; none is created or changed."""
    endpoint = user_endpoint()
    yield _checked(section, "searches", endpoint.journal, _RESTART)
    actions = _checked(section, "actions", endpoint.action_journal, _RESTART)
    yield actions
    if actions.state == "good" and endpoint.action_journal.exists():
        yield _unsettled(section, endpoint.action_journal)
    yield _checked(section, "ignore list", endpoint.ignore_list, _RESTART)
    yield _checked(section, "watch list", endpoint.watch_list, _RESTART)
    yield _checked(section, "cache", index_path(default_directory()), "difctl cache verify")


def _checked(section: str, name: str, path: Path, hint: str) -> Finding:
    if not path.exists():
        return Finding(section, name, "good", "none yet")
    try:
        check_database(path)
        with closing(_opened(path)) as database:
            (verdict,) = database.execute("PRAGMA quick_check(1)").fetchone()
    except OwnFilesUnsafe as error:
        says = error.sentence(lambda place: place.decode(errors="backslashreplace"))
        return Finding(section, name, "broken", says, error.hint)
    except sqlite3.Error as error:
        verdict = str(error)
    if verdict == "ok":
        return Finding(section, name, "good", f"sound, {path.stat().st_size:,} bytes")
    return Finding(section, name, "broken", f"damaged: {verdict}", hint)


def _unsettled(section: str, path: Path) -> Finding:
    with closing(_opened(path)) as database:
        found = database.execute(
            "SELECT count(*) FROM items WHERE stage IN ('doing', 'undoing')"
        ).fetchone()
    if found[0] == 0:
        return Finding(section, "unfinished actions", "good", "none")
    return Finding(
        section,
        "unfinished actions",
        "doubtful",
        f"{found[0]} files were left in the middle of an action, or are being acted on",
        "The daemon settles them when it starts; see the outcome with: difctl history",
    )


def _opened(path: Path) -> sqlite3.Connection:
    return sqlite3.connect(f"file:{quote(os.fsencode(path))}?mode=ro", uri=True)
