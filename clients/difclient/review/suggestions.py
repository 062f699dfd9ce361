"""Folders that one may want to search: pictures, bookmarks, drives and cameras, earlier ones."""

from __future__ import annotations

import asyncio
import os
import threading
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Final
from urllib.parse import unquote_to_bytes

import msgspec
import platformdirs

from difclient.language.catalogue import marked
from difd.system import desktop

SUGGESTED_MAX: Final = 10
"""Folders that are suggested."""

PATIENCE_SECONDS: Final = 0.5
"""How long one folder may take to answer: a server may be gone, a disk asleep."""

BOOKMARKS_BYTES: Final = 64 * 1024
"""So much of the desktop's bookmarks is read."""

_waiting: set[bytes] = set()
"""Folders that did not answer yet."""


class Suggestion(msgspec.Struct, frozen=True):
    """A folder that is there, and what it is, in an English word."""

    path: bytes
    kind: str


async def suggestions(
    watched: Sequence[bytes] = (), searched: Sequence[bytes] = ()
) -> list[Suggestion]:
    """The folders that are there and answer soon, each once.

    Args:
        watched: folders that are watched.
        searched: folders of earlier searches, the newest first.
    """
    found = [*_own(), *(Suggestion(path, marked("watched")) for path in watched)]
    found += [Suggestion(path, marked("searched before")) for path in searched]
    first: dict[bytes, Suggestion] = {}
    for one in found:
        first.setdefault(one.path, one)
    once = list(first.values())
    there = await asyncio.gather(*(_is_there(one.path) for one in once))
    return [one for one, is_there in zip(once, there, strict=True) if is_there][:SUGGESTED_MAX]


async def _is_there(path: bytes) -> bool:
    """Whether it is a folder; one that somebody still waits for is not asked again."""
    if path in _waiting:
        return False
    _waiting.add(path)
    loop = asyncio.get_running_loop()
    answer: asyncio.Future[bool] = loop.create_future()
    # No thread of the loop's own: those would all wait for one server that is gone, and at the end
    # Python would wait for them.
    threading.Thread(target=_look, args=(path, loop, answer), daemon=True).start()
    try:
        async with asyncio.timeout(PATIENCE_SECONDS):
            return await asyncio.shield(answer)
    except TimeoutError:
        return False


def _look(path: bytes, loop: asyncio.AbstractEventLoop, answer: asyncio.Future[bool]) -> None:
    is_there = os.path.isdir(path)
    _waiting.discard(path)
    with suppress(RuntimeError):  # the loop has ended meanwhile
        loop.call_soon_threadsafe(answer.set_result, is_there)


def _own() -> Iterator[Suggestion]:
    yield Suggestion(os.fsencode(platformdirs.user_pictures_path()), marked("pictures"))
    for path in desktop.drives():
        yield Suggestion(path, marked("drive"))
    for path in _bookmarks():
        yield Suggestion(path, marked("bookmark"))


def _bookmarks() -> Iterable[bytes]:
    """Folders that the user keeps in the side bar of the file manager."""
    for toolkit in ("gtk-3.0", "gtk-4.0"):
        file = Path(platformdirs.user_config_dir()) / toolkit / "bookmarks"
        try:
            with file.open("rb") as opened:
                lines = opened.read(BOOKMARKS_BYTES).splitlines()
        except OSError:
            continue
        for line in lines:
            kind, _, rest = line.partition(b" ")[0].partition(b"://")
            path = unquote_to_bytes(rest)
            if kind == b"file" and path.startswith(b"/") and b"\0" not in path:
                yield path
