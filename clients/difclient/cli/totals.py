"""A result in numbers: before its groups what they come to, after them what to do next."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from difclient.cli.invocation import command
from difclient.cli.naming import Names
from difclient.cli.output import Segment
from difclient.language.numbers import duration, size
from difclient.language.text import plural
from difclient.verdict import not_compared
from difd.protocol.deciding import UNTOUCHED, Fate
from difd.protocol.jobs import JobInfo
from difd.protocol.results import Group, Invalid, Member, Row, Summary


class Tally(msgspec.Struct):
    """What is counted in the rows of a result.

    Attributes:
        named: paths that were given.
        fate: what became of its files since.
        extra: files proven equal to one that stays.
        look: files that only look like one that stays.
        free: bytes that are free without the extra files.
        gone: files of groups that went since.
        aside: files that are no images.
        unread: images among the named ones that could not be read.
    """

    named: frozenset[bytes] = frozenset()
    fate: Fate = UNTOUCHED
    extra: int = 0
    look: int = 0
    free: int = 0
    gone: int = 0
    aside: int = 0
    unread: int = 0

    def count(self, row: Row) -> None:
        """Take one row in."""
        match row:
            case Group(id=group) if group not in self.fate.ignored:
                self.free += row.reclaimable_bytes
            case Member(lie=None, group=group) if group not in self.fate.ignored:
                self._count_member(row)
            case Invalid(path=path):
                self.aside += row.is_aside
                # Of folders that are closed a notice tells; the others were searched.
                self.unread += path in self.named and not row.reason.startswith("folder: ")
            case _:
                pass

    def _count_member(self, row: Member) -> None:
        is_gone = row.path in self.fate.gone
        self.gone += is_gone
        if row.action == "remove" and (is_gone or row.keeper in self.fate.gone):
            # Without its other, it is a copy no more.
            self.free = max(0, self.free - row.size)
        elif not is_gone:
            self.extra += row.action == "remove"
            self.look += row.action == "review"


def head(job: JobInfo, found: Summary, tally: Tally, names: Names) -> Iterator[list[Segment]]:
    """The lines before the groups: what they come to, and where they are."""
    groups = f"{plural(found.groups, 'group')} of {wanted(job)}"
    yield [(groups, "bold"), (f" in {names.places}", "")]
    frees = f": {size(tally.free)}" if tally.free else ""
    counts = (
        (tally.extra, "extra file", "extra files", f", proven equal, safe to let go{frees}", "red"),
        (tally.look, "file", "files", " to look at: alike, not proven equal", "yellow"),
        (found.edited_files, "edited copy", "edited copies", "", "cyan"),
        (tally.gone, "file", "files", " gone since", "dim"),
        (found.invalid - tally.aside, "file", "files", " not read, listed last", "yellow"),
    )
    width = max(len(f"{count:,}") for count, *_ in counts)
    for count, one, many, words, style in counts:
        if count:
            told = f" {one if count == 1 else many}{words}"
            yield [(f"  {count:>{width},}", f"bold {style}"), (told, "")]
    compared = f" compared{_time(job)}{_aside(tally)}."
    yield [(plural(found.files, "image"), "dim"), (compared, "dim")]


def summary(job: JobInfo, found: Summary, tally: Tally) -> list[Segment]:
    """The line after the groups: the numbers once more, for they are what stays on the screen."""
    if why := not_compared(found):
        return [(why, "bold")]
    compared = f"{plural(found.files, 'image')} compared"
    if found.invalid > tally.aside:
        compared += f", {found.invalid - tally.aside:,} not read"
    if not found.groups:
        nothing = _nothing(job, found, tally)
        return [(f"{nothing} ", "bold"), (f"{compared}{_aside(tally)}.", "")]
    words = [plural(found.groups, "group")]
    if tally.extra:
        words.append(plural(tally.extra, "extra file"))
    if tally.look:
        words.append(f"{plural(tally.look, 'file')} to look at")
    if found.edited_files:
        words.append(plural(found.edited_files, "edited copy", "edited copies"))
    if tally.gone:
        words.append(f"{plural(tally.gone, 'file')} gone since")
    gain = f"; {size(tally.free)} can be freed safely" if tally.free else ""
    return [(f"{', '.join(words)}{gain}. ", "bold"), (f"{compared}. Job {job.id[:8]}.", "")]


def _aside(tally: Tally) -> str:
    if not tally.aside:
        return ""
    return f", {plural(tally.aside, 'other file')} left aside (no image type)"


def _time(job: JobInfo) -> str:
    if job.started is None or job.finished is None:
        return ""
    seconds = max(0.0, job.finished - job.started)
    return f" in {duration(seconds)}" if round(seconds) else " in less than a second"


def _nothing(job: JobInfo, found: Summary, tally: Tally) -> str:
    """Why there are no groups."""
    if tally.unread:
        # It would be taken for an answer about the very file that nobody could look into.
        return f"{plural(tally.unread, 'named image')} could not be read, and was not searched for."
    return f"No {wanted(job) if found.files else 'images'} found."


def notices(found: Summary) -> Iterator[list[Segment]]:
    """What was asked for and had no effect, and what was left out, a line each."""
    for notice in found.notices:
        yield [("note", "yellow"), (f"      {notice}", "")]
    if found.left_out:
        files = plural(found.left_out, "file")
        was = "was" if found.left_out == 1 else "were"
        where = "in recycle bins, snapshots or caches"
        text = f"{files} {where} {was} left out (--bins searches them)."
        yield [("note", "yellow"), (f"      {text}", "")]


def next_steps(job: JobInfo, found: Summary, tally: Tally) -> Iterator[list[Segment]]:
    """What somebody who sees the result for the first time may want to do next, a line each."""
    known = job.id[:8]
    if found.partial:
        yield [("Go on where it was: ", "dim"), (command(f"resume {known}"), "")]
    if found.groups:
        yield [("Look and decide: ", "dim"), (command(f"review {known}"), "")]
        if tally.extra:
            # Without a proven copy, nothing would go.
            files = "the extra file" if tally.extra == 1 else f"the {tally.extra:,} extra files"
            yield [
                (f"Move {files} to the trash: ", "dim"),
                (command(f"trash {known}"), ""),
                (" (asks first)", "dim"),
            ]
    elif tally.unread:
        return  # What could not be read is told, and may be what was looked for.
    elif not found.files:
        yield from _elsewhere(job, tally)
    elif found.files > 1 and (job.options.same_dim or not job.options.similarity):
        yield [("Saved again, or in other sizes? Try --similarity similar --no-same-dim", "dim")]


def _elsewhere(job: JobInfo, tally: Tally) -> Iterator[list[Segment]]:
    """Where there may be pictures, if none was found."""
    if tally.aside and job.options.limit_extensions:
        told = "Pictures without an image's extension? Try --no-limit-extensions"
    elif job.options.recursive:
        told = "Name the folder that your pictures are in; folders below it are searched, too."
    else:
        told = "Pictures in folders below it? Try --recursive"
    yield [(told, "dim")]


def wanted(job: JobInfo) -> str:
    """What a search is for, in the plural."""
    if job.options.edited:
        return "edited copies"
    return "similar images" if job.options.similarity else "duplicates"


def decided(job: JobInfo, groups: int, fate: Fate) -> list[Segment]:
    """How much of a result was decided, and what to do with that."""
    going = sum(map(len, fate.decisions.values()))
    told = f"Decided: {len(fate.decisions):,} of {plural(groups, 'group')}"
    if not going:
        return [(f"{told}; no file goes.", "dim")]
    step = command(f"trash {job.id[:8]} --decided")
    return [(f"{told}; {plural(going, 'file')} to let go. To do that: {step}", "dim")]
