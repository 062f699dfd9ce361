"""The two steps of every search: `build` reads the images, `search` compares them.

One library serves any number of searches; a search changes nothing in it.
"""

from __future__ import annotations

import time
from collections.abc import Callable

from msgspec.structs import replace

from difd.engine.ending import EARLY_SECONDS, Check, Early, IsCancelled, never
from difd.engine.find.discover import discover
from difd.engine.find.notices import unread_names
from difd.engine.group.keep import parse_rules
from difd.engine.group.outcome import Outcome, count_entries, summarize
from difd.engine.library import Library, completed, refined
from difd.engine.match.partition import partition
from difd.engine.match.signature import signatures
from difd.engine.memory import Memory, NoMemory
from difd.engine.processors import usable_processors
from difd.engine.progress import Meter
from difd.engine.read.reading import Reading
from difd.engine.read.undecoded import undecoded_copies
from difd.engine.record import DecodeMode
from difd.engine.search import Search
from difd.engine.work import WorkPool
from difd.protocol.ignoring import NOTHING_IGNORED, Ignored
from difd.protocol.options import SearchOptions, check_options
from difd.protocol.results import Progress, Statistics
from difd.system import paths

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

    def on_read(done: int, share: float | None) -> None:
        meter.advance(share, decoded=done)

    mode: DecodeMode = "exact" if options.decode == "exact" else "fast"
    reading = Reading(
        options.px_size,
        pool,
        memory,
        ending.check,
        on_read,
        mode=mode,
        shown=options.similarity > 0,
        features=options.edited,
        early=ending,
    )
    records, unreadable = reading.run(discovery.files)
    partial = len(records) + len(unreadable) < total
    records.sort(key=lambda record: paths.slashed(record.file.path))
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
    library = completed(library, options, pool, memory, ending)
    if options.decode != "exact":
        library = refined(library, options, pool, memory, ending)
        files = len(library.records)
    work = Search(library, options, pool, meter, check, ignored=ignored, early=ending)
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
        *too_common(work.not_laid),
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
    summary = summarize(parts, files, library.unreadable, notices)
    summary = replace(summary, left_out=statistics.left_out)
    if library.partial or work.is_partial:
        summary = replace(summary, partial=True)
    return Outcome(parts, library.unreadable, summary, statistics, work.not_laid)


def too_common(pairs: int) -> tuple[str, ...]:
    """What has to be said where too many pictures have too much in common."""
    if not pairs:
        return ()
    told = (
        f"{pairs:,} pairs of pictures that have much in common, as scans of one form have, were "
        "not compared for edited copies; each picture was compared with those most like it."
    )
    return (told,)
