"""All images of a build, and the second reading of those that are near a match."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence

import msgspec
import msgspec.structs
import numpy as np
from numpy.typing import NDArray

from difd.engine.ending import Early
from difd.engine.match.partition import partition
from difd.engine.match.refine import near_images
from difd.engine.match.signature import signatures, signatures_of
from difd.engine.memory import Memory
from difd.engine.read.reading import Reading
from difd.engine.record import Record, Unreadable
from difd.engine.work import WorkPool
from difd.protocol.options import SearchOptions


class Library(msgspec.Struct, frozen=True, eq=False):
    """All images of a build, ready to be compared.

    Attributes:
        options: what it was built with.
        folders, named: the given folders, and the images that were given by name.
        records: the images that could be read, in path order.
        unreadable: the files that could not, in path order.
        signatures, sums: see `signature.signatures`, for all records.
        start, end: when it was built, in seconds since 1970.
        undecoded: pictures that nothing decodes and of which another has the bytes, in path order.
        left_out, notices: see `discover.Discovery`.
        found: how many files were found; with `partial`, not all of them were read.
        partial: the build ended early.
        alone: (n,), the images that are known to match nothing; None before a search.
        not_laid: pairs that were left out before, because they have too much in common.
    """

    options: SearchOptions
    folders: tuple[bytes, ...]
    named: tuple[bytes, ...]
    records: tuple[Record, ...]
    unreadable: tuple[Unreadable, ...]
    signatures: NDArray[np.float32]
    sums: NDArray[np.int64]
    start: float
    end: float
    undecoded: tuple[Record, ...] = ()
    left_out: int = 0
    notices: tuple[str, ...] = ()
    found: int = 0
    partial: bool = False
    alone: NDArray[np.bool_] | None = None
    not_laid: int = 0


class _Open(msgspec.Struct, frozen=True, eq=False):
    """What a first look leaves open, by image.

    Attributes:
        near: those that are near a match.
        copies: others of which there are copies.
        alone: (n,), those that match nothing, and have no copy.
    """

    near: list[int]
    copies: list[int]
    alone: NDArray[np.bool_]


def refined(
    library: Library,
    options: SearchOptions,
    pool: WorkPool,
    memory: Memory,
    ending: Early,
) -> Library:
    """The library with all that a first look left open, of the pictures for which it counts.

    Those that are near a match are read in full, unless `options` wants them fast; of those and of
    copies, what their files hold beside the pixels is read. In a search that ends early, those for
    which there is no time left are not in it: they would be compared by less than they show.
    """
    questions = _open_questions(library, options, pool, ending.check_only)
    near, copies = questions.near, questions.copies
    library = msgspec.structs.replace(library, alone=questions.alone)
    if options.decode == "fast":
        near, copies = [], sorted({*near, *copies})
    if not near and not copies:
        return library
    reading = Reading(
        options.px_size,
        pool,
        memory,
        ending.check,
        lambda _done, _share: None,
        shown=options.similarity > 0,
        early=ending,
    )
    made: list[Record] = []
    lost: list[Unreadable] = []
    if near:
        made, lost = reading.run([library.records[image].file for image in near])
    if copies:
        told, gone = reading.describe([library.records[image] for image in copies])
        made, lost = [*made, *told], [*lost, *gone]
    return _with_answers(library, [*near, *copies], made, lost, ending.check_only)


def completed(
    library: Library, options: SearchOptions, pool: WorkPool, memory: Memory, ending: Early
) -> Library:
    """The library with what this search needs of its images and the build was not asked for.

    That is how those look that are not in sRGB, in a search for more than duplicates, and features,
    in one for edited copies. An early end is as in `refined`.
    """
    shown = options.similarity > 0
    lacking = [
        image
        for image, record in enumerate(library.records)
        if (shown and record.colours == "stored") or (options.edited and record.features is None)
    ]
    if not lacking:
        return library
    reading = Reading(
        options.px_size,
        pool,
        memory,
        ending.check,
        lambda _done, _share: None,
        mode="exact" if options.decode == "exact" else "fast",
        shown=shown,
        features=options.edited,
        early=ending,
    )
    made, lost = reading.run([library.records[image].file for image in lacking])
    return _with_answers(library, lacking, made, lost, ending.check_only)


def _open_questions(
    library: Library, options: SearchOptions, pool: WorkPool, check: Callable[[], None]
) -> _Open:
    near: list[int] = []
    copies: list[int] = []
    alone = np.zeros(len(library.records), np.bool_)
    for _, images in partition(library.records, library.folders, options.in_folder):
        records = [library.records[image] for image in images.tolist()]
        chosen = near_images(
            records, signatures_of(library.signatures, images), options, pool, check
        )
        near += images[chosen].tolist()
        count = Counter(record.digest for record in records)
        vague = np.array([not record.exact for record in records], np.bool_)
        vague[chosen] = False
        single = np.array([count[record.digest] == 1 for record in records], np.bool_)
        alone[images] = vague & single
        asked = vague & ~single & np.array([not record.described for record in records], np.bool_)
        copies += images[asked].tolist()
    return _Open(near, copies, alone)


def _with_answers(
    library: Library,
    asked: Sequence[int],
    made: Sequence[Record],
    lost: Sequence[Unreadable],
    check: Callable[[], None],
) -> Library:
    """The library with what became of some of its images; without those that became nothing."""
    by_path = {record.file.path: record for record in made}
    gone = {entry.path for entry in lost}
    unread = {library.records[image].file.path for image in asked} - by_path.keys() - gone
    gone |= unread
    kept = [n for n, record in enumerate(library.records) if record.file.path not in gone]
    before = [library.records[number] for number in kept]
    after = [_told(record, by_path.get(record.file.path, record)) for record in before]
    coefficients, sums = library.signatures[kept], library.sums[kept]
    # The tensor of a picture that was seen whole is what it was.
    changed = [
        number
        for number, (old, new) in enumerate(zip(before, after, strict=True))
        if new is not old and (old.error or old.colours != new.colours)
    ]
    if changed:
        px = library.options.px_size
        tensors = [after[number].tensor for number in changed]
        coefficients[changed], sums[changed] = signatures(tensors, px, lambda _done: check())
    unreadable = sorted((*library.unreadable, *lost), key=lambda entry: entry.path)
    return msgspec.structs.replace(
        library,
        records=tuple(after),
        unreadable=tuple(unreadable),
        signatures=coefficients,
        sums=sums,
        alone=None if library.alone is None else library.alone[kept],
        partial=library.partial or bool(unread),
    )


def _told(before: Record, after: Record) -> Record:
    """A record that was made anew, with what only the one before it tells."""
    if before.exact and not after.exact and before.colours == after.colours:
        return msgspec.structs.replace(before, features=after.features)
    if after.features is None and before.features is not None:
        return msgspec.structs.replace(after, features=before.features)
    return after
