"""The search that only wants matches with new pictures, among many that are known.

It costs what the new ones cost, and its groups are those of a search among all that asks for the
new ones by name: what cannot match them is left out before (see `gallery`).
"""

from __future__ import annotations

import os
import time
from collections.abc import Container, Sequence

import msgspec
import msgspec.structs
from msgspec.structs import replace

from difd.engine.ending import IsCancelled
from difd.engine.find.names import led_to
from difd.engine.group.outcome import Outcome
from difd.engine.library import Library
from difd.engine.match.signature import signatures
from difd.engine.memory import Memory
from difd.engine.pipeline import search, too_common
from difd.engine.record import Record
from difd.engine.watch.gallery import Gallery
from difd.engine.work import Cancelled, WorkPool
from difd.protocol.ignoring import NOTHING_IGNORED, Ignored
from difd.protocol.options import SearchOptions
from difd.protocol.passing import passing_places
from difd.protocol.results import Progress
from difd.protocol.rights import obstacle
from difd.system import paths


class Newcomers(msgspec.Struct, frozen=True):
    """What was found among new pictures.

    Attributes:
        outcome: the groups that involve one of them.
        duplicates: the paths of those that are in a group.
    """

    outcome: Outcome
    duplicates: tuple[bytes, ...]


def search_new(
    new: Sequence[Record],
    gallery: Gallery,
    options: SearchOptions,
    pool: WorkPool,
    cancelled: IsCancelled,
    *,
    memory: Memory | None = None,
    ignored: Ignored = NOTHING_IGNORED,
    only: Container[bytes] | None = None,
) -> Newcomers:
    """Compare new pictures with each other and with those of a gallery.

    Args:
        new: the new pictures; none is in the gallery.
        gallery: the known ones; one whose file is not as it was is left out.
        options: how they are compared; `paths` and `reference` are where all of them are.
        pool: where pictures are compared pixel by pixel.
        cancelled: asked all the time; true ends the search.
        memory: as in `pipeline.build`.
        ignored: files that are no match for each other, whatever they look like.
        only: paths of the known pictures that count, and then groups of new ones alone do not;
            None: all.

    Raises:
        Cancelled: `cancelled()` became true.
    """
    options = replace(options, query=True, in_folder="off")
    start = time.time()

    def check() -> None:
        if cancelled():
            raise Cancelled

    candidates, not_laid = gallery.candidates(new, options, check)
    known = [record for record in candidates if only is None or record.file.path in only]
    together = [
        *(_as_now(record, options, named=True) for record in new),
        *(_as_now(record, options, named=False) for record in known if _is_as_it_was(record)),
    ]
    together.sort(key=lambda record: paths.slashed(record.file.path))
    coefficients, sums = signatures([record.tensor for record in together], options.px_size)
    library = Library(
        options=options,
        folders=options.paths,
        named=tuple(record.file.path for record in new),
        records=tuple(together),
        unreadable=(),
        signatures=coefficients,
        sums=sums,
        start=start,
        end=time.time(),
        not_laid=not_laid,
    )
    found = search(library, options, pool, _no_progress, cancelled, memory=memory, ignored=ignored)
    counted = _with_counts(found, options, len(gallery) + len(new))
    return Newcomers(counted, _members(found, alone=only is None))


def _no_progress(_progress: Progress) -> None:
    """Nobody waits for it."""


def _members(outcome: Outcome, *, alone: bool) -> tuple[bytes, ...]:
    """The paths of the new pictures in groups; with `alone` also in groups of nothing else."""
    groups = (
        [
            part.records[image].file
            for image in (*images.tolist(), *(copy.image for copy in part.edited(images)))
        ]
        for part in outcome.parts
        for images in part.groups
    )
    return tuple(
        file.path
        for files in groups
        if alone or not all(file.named for file in files)
        for file in files
        if file.named
    )


def _with_counts(outcome: Outcome, options: SearchOptions, files: int) -> Outcome:
    """The outcome as that of a search among all pictures, which it is."""
    # What had no effect among a few pictures may have one among all.
    notices = too_common(outcome.not_laid)
    return msgspec.structs.replace(
        outcome,
        summary=replace(outcome.summary, files=files, notices=notices),
        statistics=replace(
            outcome.statistics,
            notices=notices,
            directory=options.paths,
            files_searched=files,
            total_files=files + outcome.statistics.invalid,
        ),
    )


def _is_as_it_was(record: Record) -> bool:
    file = record.file
    try:
        status = os.lstat(file.path)
    except OSError:
        return False
    same = (status.st_size, status.st_mtime_ns) == (file.size, file.mtime_ns)
    return same and status.st_ino == file.inode


def _as_now(record: Record, options: SearchOptions, *, named: bool) -> Record:
    """A record with what may have changed around its file."""
    folder = os.path.dirname(record.file.path)
    real = os.path.realpath(folder)
    name = os.path.basename(record.file.path)
    places = passing_places(os.path.join(real, name), record.file.device)
    file = replace(
        record.file,
        named=named,
        reference=any(paths.holds(os.path.realpath(place), real) for place in options.reference),
        fixed=obstacle(record.file.path) or led_to(record.file.links),
        passing=places[0].kind if places else "",
    )
    return replace(record, file=file)
