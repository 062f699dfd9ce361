"""The engine host's looks at watched folders: what changed, what of it is new, what it matches.

What is known stays in memory between looks, as the daemon's list and as pictures that are ready to
be compared, so that a look costs what changed. After a restart both are read again, the pictures
from the tensor cache.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from contextlib import closing
from typing import Final

from msgspec.structs import replace

from difd.engine.find.discover import discover
from difd.engine.group.outcome import Outcome
from difd.engine.read.reading import Reading
from difd.engine.record import DecodeMode, Found, Record, Unreadable, formers
from difd.engine.watch.absence import Absence
from difd.engine.watch.changes import Changes, at_or_below
from difd.engine.watch.gallery import Gallery, found_of
from difd.engine.watch.newcomers import Newcomers, search_new
from difd.engine.work import Cancelled, WorkPool
from difd.protocol.endpoint import user_endpoint
from difd.protocol.error_info import ErrorInfo
from difd.protocol.errors import DifdError, PathNotFound
from difd.protocol.watching import KnownImage
from difd.service.hosts.engine_messages import (
    LookFinished,
    LookLearned,
    Report,
    RunLook,
    WatchedFolder,
)
from difd.store.cache.tensor_cache import TensorCache
from difd.store.ignore_list import read_ignored
from difd.store.watch_list import WatchList
from difd.system import paths

PAGE_IMAGES: Final = 1000
"""Images in one report of what was learned."""

AGAIN_MAX: Final = 100
"""Files that are tried at once again, if there are no more that failed for no reason of theirs."""


class Looker:
    """Carries out looks, one after the other.

    Args:
        cache: what was read before.
    """

    def __init__(self, cache: TensorCache) -> None:
        self._cache = cache
        self._known: dict[bytes, KnownImage] = {}
        self._generation = ""
        self._galleries: dict[tuple[int, DecodeMode, bool, bool], Gallery] = {}

    def run(
        self,
        look: RunLook,
        pool: WorkPool,
        cancelled: Callable[[], bool],
        send: Callable[[Report], None],
        send_result: Callable[[str, Outcome], None],
    ) -> LookFinished:
        """Look.

        Args:
            look: what at.
            pool: where files are read.
            cancelled: asked all the time; true ends the look.
            send: takes what was learned, before the look has ended.
            send_result: takes the job and what was found, if anything was.

        Raises:
            Cancelled: `cancelled()` became true.
        """
        if look.generation != self._generation:
            with closing(WatchList(user_endpoint().watch_list)) as watch_list:
                self._known = {image.path: image for image in watch_list.known()}
        # Whatever ends this early leaves what is known half changed.
        self._generation = ""
        gallery = self._gallery(look)
        work = _Look(look, self._known, gallery, cancelled, cache=self._cache, pool=pool)
        finished, outcome = work.run(send)
        if outcome is not None:
            send_result(look.job, outcome)
        self._generation = look.job
        return finished

    def _gallery(self, look: RunLook) -> Gallery:
        px, mode = look.options.px_size, _mode(look)
        shown, features = look.options.similarity > 0, look.options.edited
        made = Gallery(px, mode, shown=shown, features=features)
        return self._galleries.setdefault((px, mode, shown, features), made)


class _Look:
    """One look; `found` and `owner` are the files that were found, and the watch of each."""

    def __init__(
        self,
        look: RunLook,
        known: dict[bytes, KnownImage],
        gallery: Gallery,
        cancelled: Callable[[], bool],
        *,
        cache: TensorCache,
        pool: WorkPool,
    ) -> None:
        self._look, self._known, self._gallery = look, known, gallery
        self._cache, self._pool, self._cancelled = cache, pool, cancelled
        self._changes, self._absence = Changes(known), Absence(known)
        self._found: dict[bytes, Found] = {}
        self._owner: dict[bytes, WatchedFolder] = {}
        self._away: list[bytes] = []
        self._problems: list[tuple[bytes, ErrorInfo]] = []

    def run(self, send: Callable[[Report], None]) -> tuple[LookFinished, Outcome | None]:
        look = self._look
        vanished = (path for path in at_or_below(self._known, look.gone))
        self._changes.forget([path for path in vanished if not os.path.lexists(path)])
        for watch in look.watches:
            self._discover(watch)
        reached = [watch for watch in look.watches if watch.folder not in self._out_of_reach()]
        for watch in reached:
            self._miss(watch)
        new, quiet = self._read()
        if new:
            quiet += self._absence.mark()
        for start in range(0, len(quiet), PAGE_IMAGES):
            send(LookLearned(look.job, tuple(quiet[start : start + PAGE_IMAGES])))
        found = self._compare(new)
        images = (*self._absence.settle(self._found), *map(self._learn_new, new))
        duplicates = () if found is None else found.duplicates
        folders = {self._known[path].watch for path in duplicates}
        finished = LookFinished(
            job=look.job,
            images=images,
            gone=tuple(self._changes.gone),
            learned=tuple(watch.folder for watch in reached if watch.places is None),
            away=tuple(self._away),
            problems=tuple(self._problems),
            summary=None if found is None or not duplicates else found.outcome.summary,
            duplicates=len(duplicates),
            folders=tuple(sorted(folders)),
        )
        return finished, found.outcome if found is not None and duplicates else None

    def _discover(self, watch: WatchedFolder) -> None:
        options = watch.options
        present = tuple(place for place in options.reference if os.path.isdir(place))
        places = watch.places
        if places is not None:
            places = (*places, *self._changes.owed(watch.folder))
        try:
            discovery = discover(
                replace(options, reference=present, in_folder="off"),
                self._cancelled,
                lambda _count: None,
                places,
            )
        except PathNotFound:
            self._away.append(watch.folder)
            return
        except DifdError as error:
            self._problems.append((watch.folder, error.info()))
            return
        for file in discovery.files:
            # The deepest watched folder's options hold.
            if self._deepest(file.path, watch.folder) == watch.folder:
                self._found[file.path] = file
                self._owner[file.path] = watch

    def _deepest(self, path: bytes, finder: bytes) -> bytes:
        holding = [folder for folder in self._look.options.paths if paths.holds(folder, path)]
        return max(holding, key=len, default=finder)

    def _out_of_reach(self) -> set[bytes]:
        return {*self._away, *(folder for folder, _ in self._problems)}

    def _miss(self, watch: WatchedFolder) -> None:
        """Take account of what is known in a watched folder and was not found."""
        if watch.places is None:
            scope = [path for path, image in self._known.items() if image.watch == watch.folder]
        else:
            scope = [
                path
                for path in at_or_below(self._known, watch.places)
                if self._known[path].watch == watch.folder
            ]
        missing = [path for path in scope if path not in self._found]
        self._changes.lose(missing)
        still = sum(path in self._known for path in missing)
        if watch.places is None and still and still == len(scope):
            self._away.append(watch.folder)

    def _read(self) -> tuple[list[Record], list[KnownImage]]:
        """Read what changed: the new images; and what is known of the others from now on."""
        unsettled = self._changes.unsettled(list(self._found.values()))
        records, unreadable = self._records(unsettled)
        # On a busy machine a worker may take too long; who comes too late is compared with less.
        lost = [self._found[entry.path] for entry in unreadable if not entry.digest]
        if 0 < len(lost) <= AGAIN_MAX:
            again, still = self._records(lost)
            records += again
            unreadable = [*(entry for entry in unreadable if entry.digest), *still]
        if records and self._changes.has_former_digests():
            self._changes.renew_digests(formers(records))
        self._changes.displace((record.file, record.digest) for record in records)
        new, quiet = [], []
        for record in sorted(records, key=lambda record: record.file.path):
            watch = self._owner[record.file.path]
            if self._is_old(record.file) or not self._changes.is_new(record.file, record.digest):
                quiet.append(self._changes.learn(record.file, watch.folder, record.digest))
            else:
                new.append(record)
        for entry in unreadable:
            file = self._found[entry.path]
            folder = self._owner[file.path].folder
            if not os.path.lexists(file.path):
                continue
            if entry.digest:
                quiet.append(self._changes.learn(file, folder, b""))
            else:
                owed = self._changes.owe(file, folder, old=self._is_old(file))
                quiet += [] if owed is None else [owed]
        return new, quiet

    def _records(self, files: Sequence[Found]) -> tuple[list[Record], list[Unreadable]]:
        if not files:
            return [], []
        reading = Reading(
            self._look.options.px_size,
            self._pool,
            self._cache,
            self._check,
            lambda _done, _share: None,
            mode=_mode(self._look),
            shown=self._look.options.similarity > 0,
            features=self._look.options.edited,
        )
        return reading.run(files)

    def _is_old(self, file: Found) -> bool:
        """Whether a file was there before its folder was watched."""
        watch = self._owner[file.path]
        before = not watch.learned and file.ctime_ns <= watch.added_ns
        return before or self._changes.was_there(file)

    def _learn_new(self, record: Record) -> KnownImage:
        path = record.file.path
        image = self._changes.learn(record.file, self._owner[path].folder, record.digest)
        self._known[path] = image = replace(image, compared=self._absence.look)
        return image

    def _compare(self, new: Sequence[Record]) -> Newcomers | None:
        """Compare what is new, and what came while something was away that is back."""
        paths = {record.file.path for record in new}
        owed = [(back - paths, came - paths) for back, came in self._absence.owed(self._found)]
        came = sorted({path for _, some in owed for path in some if os.path.lexists(path)})
        late, _ = self._records([found_of(self._known[path]) for path in came])
        if not new and not late:
            return None
        # Of a changed picture, what it was before is no candidate.
        paths |= {record.file.path for record in late}
        known = {path: image for path, image in self._known.items() if path not in paths}
        self._gallery.refresh(known, self._pool, self._cache, self._check)
        matched: set[bytes] = set()
        for back, some in owed:
            asked = [record for record in late if record.file.path in some]
            matched.update(self._search(asked, back).duplicates if asked else ())
        self._gallery.add([one for one in late if one.file.path not in matched], self._check)
        again = [*new, *(one for one in late if one.file.path in matched)]
        if not again:
            return None
        found = self._search(again, None)
        self._gallery.add(again, self._check)
        return found

    def _search(self, new: Sequence[Record], only: frozenset[bytes] | None) -> Newcomers:
        return search_new(
            new,
            self._gallery,
            self._look.options,
            self._pool,
            self._cancelled,
            memory=self._cache,
            ignored=read_ignored(
                user_endpoint().ignore_list,
                lambda: formers([*new, *self._gallery.records]),
            ),
            only=only,
        )

    def _check(self) -> None:
        if self._cancelled():
            raise Cancelled


def _mode(look: RunLook) -> DecodeMode:
    return "exact" if look.options.decode == "exact" else "fast"
