"""Watched folders through the daemon: which there are, and what comes up in them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Final

from difclient.calls.asking import AskLong
from difclient.connection import LONG_SECONDS, PATIENCE_SECONDS, new_id
from difd.protocol.events import AnyEvent
from difd.protocol.options import AskedSearch, SearchOptions
from difd.protocol.watching import (
    AddWatch,
    FindsReply,
    FollowWatches,
    ListWatches,
    NewDuplicates,
    RemoveWatches,
    WatchesReply,
    WatchFind,
    WatchInfo,
)

_SILENCES: Final = 10
"""After so many waits without an event, see whether one was missed."""


class WatchClient:
    """The part of a client that deals with watched folders; reached as `Client.watching`.

    Args:
        ask: sends a request and returns its reply.
        next_event: waits for the next event, so many seconds.
        is_same: whether the daemon is certainly the one that we speak with; an idle one is not
            woken to find out.
    """

    def __init__(
        self,
        ask: AskLong,
        next_event: Callable[[float], AnyEvent | None],
        is_same: Callable[[], bool],
    ) -> None:
        self._ask, self._next_event, self._is_same = ask, next_event, is_same

    def add(self, options: SearchOptions) -> WatchInfo:
        """Watch a folder, the only path of `options`; one that is watched gets these options.

        Returns when all folders in it are watched; its pictures are read afterwards.

        Raises:
            UsageError: it is no folder, or an option is wrong.
        """
        request = AddWatch(id=new_id(), options=AskedSearch.of(options))
        return self._ask(request, WatchesReply, LONG_SECONDS).watches[0]

    def remove(self, folders: Sequence[bytes]) -> tuple[WatchInfo, ...]:
        """Watch these folders no longer.

        Raises:
            UsageError: one of them is not watched; then all stay.
        """
        request = RemoveWatches(id=new_id(), folders=tuple(folders))
        return self._ask(request, WatchesReply).watches

    def watches(self) -> tuple[WatchInfo, ...]:
        """The watched folders, in the order of their names."""
        return self._ask(ListWatches(id=new_id()), WatchesReply).watches

    def follow(self, after: int | None = None) -> Iterator[WatchFind | None]:
        """Yield every find as it is made, and None whenever there was none for a while.

        A daemon that is replaced meanwhile is followed on, and no find is yielded twice.

        Args:
            after: yield earlier finds with a greater number, too; None: none of them.
        """
        reply = self._ask(FollowWatches(id=new_id(), after=after), FindsReply)
        newest = reply.newest if after is None else after
        silences = 0
        while True:
            for find in reply.finds:
                if find.number > newest:
                    newest = find.number
                    yield find
            event = self._next_event(PATIENCE_SECONDS)
            if isinstance(event, NewDuplicates):
                reply = FindsReply(id="", finds=(event.find,), newest=event.find.number)
                continue
            yield None
            silences += 1
            if silences % _SILENCES == 0 and not self._is_same():
                reply = self._ask(FollowWatches(id=new_id(), after=newest), FindsReply)
