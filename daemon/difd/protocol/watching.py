"""Watched folders: what a client asks about them, and what it is told when something new is found.

A watch is a folder with the options of a search. New and changed images in watched folders are
compared with everything known of all of them; what is found is a finished job like any other.
"""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec

from difd.protocol.envelope import Reply, Request
from difd.protocol.jobs import Seconds
from difd.protocol.options import AskedSearch, SearchOptions

SEARCHES_ONLY = frozenset({"in_folder", "across", "pool", "scheduler"})
"""Options of searches that mean nothing for watched folders: what comes in is read here."""

WATCHES_MAX = 1000
"""Folders that may be watched at once."""

FolderPath = Annotated[bytes, msgspec.Meta(min_length=1, max_length=4096)]
FindNumber = Annotated[int, msgspec.Meta(ge=0)]

WatchState = Literal["learning", "watching", "looking", "away", "error"]
"""Its pictures are read for the first time; nothing to do; changes are compared; the folder is not
there (a drive that is not connected); it cannot be watched, and `problem` says why."""


class WatchFind(msgspec.Struct, frozen=True):
    """What a look at changes found.

    Attributes:
        number: 1, 2, … in the order in which finds were made, over all watches.
        time: seconds since 1970.
        job: the finished job with the groups that involve a new image.
        duplicates: new images in these groups.
        groups: how many groups.
        folders: the watched folders in which the new images are.
    """

    number: int
    time: Seconds
    job: str
    duplicates: int
    groups: int
    folders: tuple[bytes, ...]


class WatchInfo(msgspec.Struct, frozen=True):
    """A watch as clients see it.

    Attributes:
        folder: absolute.
        options: of its searches; `paths` is the folder.
        state: what is being done.
        known: pictures known in it, as of the last look.
        problem: what is wrong, one sentence that says what to do.
        last: the newest find in this folder.
    """

    folder: bytes
    options: SearchOptions
    state: WatchState
    known: int = 0
    problem: str | None = None
    last: WatchFind | None = None


class KnownImage(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """What is remembered of a file in a watched folder, between the daemon and its engine host.

    Attributes:
        path: absolute.
        watch: the watched folder whose options hold for it.
        device, inode, size, mtime_ns, ctime_ns: of the file when it was read.
        volume: the device of the folder that it lies in.
        digest: of its bytes; empty if it cannot be read as an image.
        owed: it could not be read for a reason that may pass (time, memory, permission) and is
            tried again; whether it was there from the beginning, or is new.
        compared: the number of the look that compared it as a new one; 0: it was learned.
        missed: the number of the first such look during which it was out of reach; 0: of none.
    """

    path: bytes
    watch: bytes
    device: int
    inode: int
    size: int
    mtime_ns: int
    ctime_ns: int
    volume: int
    digest: bytes
    owed: Literal["no", "old", "new"] = "no"
    compared: int = 0
    missed: int = 0


class AddWatch(Request, frozen=True, tag="watch_add"):
    """Watch a folder, the only one of `options.paths`; one that is watched gets these options."""

    options: AskedSearch


class RemoveWatches(Request, frozen=True, tag="watch_remove"):
    """Watch these folders no longer; all of them or none."""

    folders: Annotated[tuple[FolderPath, ...], msgspec.Meta(min_length=1, max_length=WATCHES_MAX)]


class ListWatches(Request, frozen=True, tag="watch_list"):
    """Which folders are watched, and how they are."""


class FollowWatches(Request, frozen=True, tag="watch_follow"):
    """Send me a `NewDuplicates` for every find from now on, on this connection.

    Attributes:
        after: reply with the finds that were made after this number, too; None: with none.
    """

    after: FindNumber | None = None


class WatchesReply(Reply, frozen=True, tag="watches"):
    """The answer to `watch_add`, `watch_remove` and `watch_list`: those that it is about."""

    watches: tuple[WatchInfo, ...]


class FindsReply(Reply, frozen=True, tag="watch_finds"):
    """The answer to `watch_follow`: finds that were missed, and the number of the newest of all."""

    finds: tuple[WatchFind, ...]
    newest: int


class NewDuplicates(msgspec.Struct, frozen=True, tag="new_duplicates"):
    """An event: something new was found in watched folders."""

    find: WatchFind
