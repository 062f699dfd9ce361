"""All images of a build, and the second reading of those that are near a match."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from difd.engine.ending import Early
from difd.engine.match.partition import partition
from difd.engine.match.refine import near_images
from difd.engine.match.signature import signatures
from difd.engine.memory import Memory
from difd.engine.read.reading import Reading
from difd.engine.record import Record, Unreadable
from difd.engine.work import WorkPool
from difd.protocol.options import SearchOptions


@dataclass(frozen=True, slots=True, eq=False)
class Library:
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


def refined(
    library: Library,
    options: SearchOptions,
    pool: WorkPool,
    memory: Memory,
    ending: Early,
) -> Library:
    """The library with all pictures that are near a match decoded in full.

    In a search that ends early, those for which there is no time left are not in it: they would be
    compared by less than they show.
    """
    check = ending.check_only
    near: list[int] = []
    for _, images in partition(library.records, library.folders, options.in_folder):
        records = [library.records[image] for image in images.tolist()]
        chosen = near_images(records, library.signatures[images], options, pool, check)
        near += images[chosen].tolist()
    if not near:
        return library
    reading = Reading(options.px_size, pool, memory, ending.check, lambda _done: None, early=ending)
    exact, lost = reading.run([library.records[image].file for image in near])
    by_path = {record.file.path: record for record in exact}
    gone = {entry.path for entry in lost}
    unread = {library.records[image].file.path for image in near} - by_path.keys() - gone
    gone |= unread
    kept = [n for n, record in enumerate(library.records) if record.file.path not in gone]
    before = [library.records[number] for number in kept]
    after = [by_path.get(record.file.path, record) for record in before]
    changed = [n for n, record in enumerate(after) if record.file.path in by_path]
    coefficients, sums = library.signatures[kept], library.sums[kept]
    coefficients[changed], sums[changed] = signatures(
        [after[number].tensor for number in changed], options.px_size, lambda _done: check()
    )
    if unread:
        library = dataclasses.replace(library, partial=True)
    unreadable = sorted((*library.unreadable, *lost), key=lambda entry: entry.path)
    return dataclasses.replace(
        library,
        records=tuple(after),
        unreadable=tuple(unreadable),
        signatures=coefficients,
        sums=sums,
    )
