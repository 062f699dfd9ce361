"""The two steps of every search: `build` reads the images, `search` compares them.

One library serves any number of searches; a search changes nothing in it.
"""

from __future__ import annotations

import time
from collections.abc import Callable

import numpy as np
from msgspec.structs import replace
from numpy.typing import NDArray

from difd.engine.ending import EARLY_SECONDS, Check, Early, EndedEarly, IsCancelled, never
from difd.engine.find.discover import discover
from difd.engine.find.notices import unread_names
from difd.engine.group.grouping import Links, Walk, picture_of, under_equals
from difd.engine.group.ignoring import Contents
from difd.engine.group.keep import in_keep_order, parse_rules
from difd.engine.group.listing import EarliestPartners
from difd.engine.group.report import Outcome, Part, count_entries, summarize
from difd.engine.group.roles import assign_roles, assign_sides
from difd.engine.group.undecoded import NO_COPIES, NO_LISTING, group_undecoded
from difd.engine.library import Library, refined
from difd.engine.match.classes import Classes, fold
from difd.engine.match.comparison import Comparison
from difd.engine.match.lookup import Neighbours
from difd.engine.match.partition import partition
from difd.engine.match.signature import signatures
from difd.engine.memory import Memory, NoMemory
from difd.engine.orientation import allowed_turns
from difd.engine.processors import usable_processors
from difd.engine.progress import Meter
from difd.engine.prove.turned_copies import turned_copies
from difd.engine.read.reading import Reading
from difd.engine.read.undecoded import undecoded_copies
from difd.engine.record import DecodeMode
from difd.engine.work import WorkPool
from difd.protocol.ignoring import NOTHING_IGNORED, Ignored
from difd.protocol.options import SearchOptions, check_options
from difd.protocol.results import Progress, Statistics

OnProgress = Callable[[Progress], None]


def build(
    options: SearchOptions,
    pool: WorkPool,
    on_progress: OnProgress,
    cancelled: IsCancelled,
    memory: Memory | None = None,
    *,
    early: IsCancelled = never,
) -> Library:
    """Find and read the images that `options` name.

    Args:
        options: of these, the ones that choose files count, and px_size.
        pool: where files are read.
        on_progress: told how far it is.
        cancelled: asked all the time; true ends the build.
        memory: what was read before, which is not decoded again; None remembers nothing.
        early: asked all the time; true ends the reading, and what was read until then is a library.

    Raises:
        UsageError: a path or an option is wrong.
        Cancelled: `cancelled()` became true.
    """
    check_options(options)
    start = time.time()
    memory = memory or NoMemory()
    check = Check(cancelled, memory)
    meter = Meter(on_progress)
    meter.stage("discover")
    ending = Early(early, cancelled, check)
    discovery = discover(
        options, lambda: cancelled() or early(), lambda found: meter.advance(found=found)
    )
    check()
    meter.stage("decode", found=len(discovery.files))
    total = len(discovery.files)

    def on_read(done: int) -> None:
        meter.advance(done / total, decoded=done)

    mode: DecodeMode = "exact" if options.decode == "exact" else "fast"
    reading = Reading(options.px_size, pool, memory, ending.check, on_read, mode=mode, early=ending)
    records, unreadable = reading.run(discovery.files)
    partial = len(records) + len(unreadable) < total
    records.sort(key=lambda record: record.file.path)
    unreadable = sorted((*discovery.unreadable, *unreadable), key=lambda entry: entry.path)

    every = (*discovery.files, *discovery.undecoded)
    undecoded = undecoded_copies(every, unreadable, pool, check)

    def on_batch(_done: int) -> None:
        check()

    tensors = [record.tensor for record in records]
    threads = options.processes or usable_processors()
    coefficients, sums = signatures(tensors, options.px_size, on_batch, threads)
    return Library(
        options=options,
        folders=discovery.folders,
        named=discovery.named,
        records=tuple(records),
        unreadable=tuple(unreadable),
        signatures=coefficients,
        sums=sums,
        start=start,
        end=time.time(),
        undecoded=undecoded,
        left_out=discovery.left_out,
        notices=discovery.notices,
        found=total + len(discovery.unreadable),
        partial=partial,
    )


def search(
    library: Library,
    options: SearchOptions,
    pool: WorkPool,
    on_progress: OnProgress,
    cancelled: IsCancelled,
    *,
    memory: Memory | None = None,
    ignored: Ignored = NOTHING_IGNORED,
    early: IsCancelled = never,
) -> Outcome:
    """Compare the images of a library.

    Args:
        library: the images.
        options: of these, the ones that compare and choose count; files, px_size and decode are
            the library's.
        pool: where pictures are compared pixel by pixel.
        on_progress: told how far it is.
        cancelled: asked all the time; true ends the search.
        memory: as in `build`; what is decoded again is remembered there.
        ignored: files that are no match for each other, whatever they look like.
        early: asked all the time; true ends the comparison soon, with the matches found until then.

    Raises:
        InvalidOption: an option is out of range.
        Cancelled: `cancelled()` became true.
    """
    check_options(options)
    start = time.time()
    options = replace(options, px_size=library.options.px_size, decode=library.options.decode)
    files = len(library.records)
    known = Progress(found=library.found if library.partial else files, decoded=files)
    meter = Meter(on_progress, known)
    meter.stage("match")
    memory = memory or NoMemory()
    check = Check(cancelled, memory)
    check()
    ending = Early(early, cancelled, check, EARLY_SECONDS)
    if options.decode != "exact":
        library = refined(library, options, pool, memory, ending)
        files = len(library.records)
    work = _Search(library, options, pool, meter, check, ignored=ignored, early=ending)
    parts = []
    done = 0
    for folder, images in partition(library.records, library.folders, options.in_folder):
        if ending():
            work.is_partial = True
            break
        work.span = (done / files, len(images) / files)
        if len(images) > 1:
            parts.append(work.part(folder, images))
        done += len(images)
    for folder, images in partition(library.undecoded, library.folders, options.in_folder):
        parts.append(work.undecoded(folder, images))
    meter.stage("report", **({} if work.is_partial else {"compared": 1.0}))
    for part in parts:
        part.weigh(check)
    duplicates, similar = count_entries(parts)
    invalid = len(library.unreadable)
    notices = (
        *library.notices,
        *unread_names(library.named, library.records, library.unreadable),
        *parse_rules(options.keep).silent(library.records),
    )
    statistics = Statistics(
        directory=(*library.folders, *library.named),
        build_start=library.start,
        build_end=library.end,
        search_start=start,
        search_end=time.time(),
        processes=pool.processes,
        chunksize=options.chunksize,
        files_searched=files,
        duplicates=duplicates,
        similar=similar,
        total_files=files + invalid,
        invalid=invalid,
        left_out=library.left_out,
        notices=notices,
    )
    summary = summarize(parts, files, invalid, notices)
    summary = replace(summary, left_out=statistics.left_out)
    if library.partial or work.is_partial:
        summary = replace(summary, partial=True)
    return Outcome(parts, library.unreadable, summary, statistics)


class _Search:
    """One search; `span` is the place of the current part in the whole: (start, length)."""

    def __init__(
        self,
        library: Library,
        options: SearchOptions,
        pool: WorkPool,
        meter: Meter,
        check: Callable[[], None],
        *,
        ignored: Ignored,
        early: IsCancelled = never,
    ) -> None:
        self._early, self.is_partial = early, False
        self._library, self._options, self._ignored = library, options, ignored
        self._pool, self._meter = pool, meter
        self._check = check
        self._rules = parse_rules(options.keep).rules
        self._allowed = allowed_turns(rotate=options.rotate, mirror=options.mirror)
        self._query = options.query and bool(library.named)
        self._sides = assign_sides([record.file for record in library.records], options.across)
        self._matches = 0
        self.span = (0.0, 1.0)

    def part(self, folder: bytes | None, images: NDArray[np.int64]) -> Part:
        """Compare some images with each other."""
        records = [self._library.records[image] for image in images.tolist()]
        contents = Contents([record.digest for record in records], self._ignored)
        sums = self._library.sums[images]
        sides = self._sides[images]
        classes = fold(records, sums, self._allowed, contents.of, self._check, sides=sides)
        roles = assign_roles(
            records, classes, contents, sides, query=self._query, across=self._options.across
        )
        first = classes.first
        comparison = Comparison(
            [records[image] for image in first.tolist()],
            self._signatures_of(images[first]),
            self._options,
            pool=self._pool,
            check=self._check,
            alone=self._alone(images[first]),
        )
        partners = EarliestPartners(classes, roles)
        links = Links(classes, roles)
        neighbours = Neighbours(comparison, len(classes), relevant=roles.may_match)
        inside = classes.sizes * (classes.sizes - 1) // 2
        self._matches += int(inside[roles.united].sum())

        def relevant(a: NDArray[np.int64], b: NDArray[np.int64]) -> NDArray[np.bool_]:
            possible = roles.may_match(a, b)
            if not neighbours.complete:
                possible &= partners.improves(a, b) | links.apart(a, b)
            return possible

        try:
            for edges in comparison.edges(relevant, self._on_compared):
                neighbours.add(edges)
                partners.add(edges)
                links.add(edges)
                self._matches += int((classes.sizes[edges.a] * classes.sizes[edges.b]).sum())
        except EndedEarly:
            # Every match found until then is one; those that were not found are missing.
            self.is_partial = True
        neighbours.finish()
        copies = turned_copies(records, self._allowed, self._pool, self._check)
        links.add_copies(copies)

        def distance(one: int, other: int) -> int:
            return self._copy_distance(comparison, classes, one, other)

        walk = Walk(
            classes,
            roles,
            neighbours,
            copies,
            distance=distance,
            reference=np.array([record.file.reference for record in records], np.bool_),
            check=self._check,
        )
        keep, groups = in_keep_order(
            self._rules, records, links.components(), picture_of(records, copies), self._check
        )
        grouping = walk.run(groups)
        return Part(
            folder,
            records,
            partners.listing(copies, distance),
            under_equals(grouping, records, classes, roles, copies, distance),
            copies,
            allowed=self._allowed,
            keep=keep,
            roles=roles,
            px=self._options.px_size,
        )

    def undecoded(self, folder: bytes | None, images: NDArray[np.int64]) -> Part:
        """Put pictures that nothing decodes into groups of the same bytes."""
        records = [self._library.undecoded[image] for image in images.tolist()]
        grouping, roles, keep = group_undecoded(
            records, self._rules, self._options, self._ignored, self._check, query=self._query
        )
        return Part(
            folder,
            records,
            NO_LISTING,
            grouping,
            NO_COPIES,
            allowed=self._allowed,
            keep=keep,
            roles=roles,
            px=self._options.px_size,
        )

    def _signatures_of(self, images: NDArray[np.int64]) -> NDArray[np.float32]:
        """The signatures of some images in path order; not copied if they are all."""
        everything = self._library.signatures
        return everything if len(images) == len(everything) else everything[images]

    def _alone(self, images: NDArray[np.int64]) -> NDArray[np.bool_] | None:
        """Which of some images are known to match nothing."""
        known = self._library.alone
        return None if known is None else known[images]

    def _copy_distance(self, comparison: Comparison, classes: Classes, one: int, other: int) -> int:
        """The SSD of turned copies: 0 in a search for duplicates, else that of the tensors.

        Pixels that are equal are duplicates, whatever the resize made of them.
        """
        a, b = int(classes.class_of[one]), int(classes.class_of[other])
        return 0 if self._options.similarity == 0 or a == b else comparison.ssd(a, b)

    def _on_compared(self, fraction: float) -> None:
        self._check()
        start, length = self.span
        share = start + length * fraction
        self._meter.advance(share, compared=share, matches=self._matches)
        if fraction < 1 and self._early():
            raise EndedEarly
