"""A result as people read it: the groups, what stays and why, and one line that sums it up."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import msgspec

from difclient.cli.invocation import command
from difclient.cli.output import Segment
from difclient.cli.text import dimensions, plural, printable, relation
from difclient.language.catalogue import _, counted, number
from difclient.language.numbers import percent, size
from difd.protocol.deciding import UNTOUCHED, Fate
from difd.protocol.jobs import JobInfo
from difd.protocol.results import Group, Invalid, Member, Row, Statistics, Summary

_MARKS = {
    "keep": ("keep  ", "bold green"),
    "remove": ("extra ", "bold red"),
    "review": ("look  ", "bold yellow"),
    "none": ("show  ", "dim"),
}
_EDITED = ("edited ", "cyan")
_GONE = ("gone  ", "dim")
_DECIDED = {"goes": ("goes  ", "bold red"), "stays": ("stays ", "bold green")}


class Tally(msgspec.Struct):
    """What a listing has shown so far.

    Attributes:
        extra: files proven equal to one that stays.
        look: files that only look like one that stays.
        aside: files that are no images.
        named: paths that were given.
        unread: images among those that could not be read.
    """

    extra: int = 0
    look: int = 0
    aside: int = 0
    named: frozenset[bytes] = frozenset()
    unread: int = 0

    def count(self, row: Row) -> None:
        """Take one row in."""
        match row:
            case Member(lie=None, action=action):
                self.extra += action == "remove"
                self.look += action == "review"
            case Invalid(path=path, reason=reason):
                self.aside += reason == "Unsupported file type"
                # Of folders that are closed a notice tells; the others were searched.
                self.unread += path in self.named and not reason.startswith("folder: ")
            case _:
                pass


def listing(rows: Iterable[Row], tally: Tally, fate: Fate = UNTOUCHED) -> Iterator[list[Segment]]:
    """The lines for a result's groups and unreadable files; counted while they are made.

    Args:
        rows: all of the result.
        tally: what they are counted in.
        fate: what became of its files since.
    """
    for place, row in enumerate(rows):
        tally.count(row)
        match row:
            case Group():
                yield from _group(row, fate)
            case Member():
                yield from _member(row, _mark(row, place, fate))
            case Invalid(reason="Unsupported file type"):
                pass
            case Invalid(path=path, reason=reason):
                yield [("not read  ", "yellow"), (printable(path), ""), (f"  {reason}", "dim")]
            case Statistics():
                pass


def summary(job: JobInfo, found: Summary, tally: Tally) -> list[Segment]:
    """The last line."""
    searched = f"{plural(found.files, 'image')} compared"
    if found.invalid > tally.aside:
        searched += f", {found.invalid - tally.aside:,} not read"
    if tally.aside:
        searched += f", {plural(tally.aside, 'other file')} left aside (no image type)"
    if not found.groups:
        return [(f"{_nothing(job, found, tally)} ", "bold"), (f"{searched}.", "")]
    words = [plural(found.groups, "group")]
    if tally.extra:
        words.append(plural(tally.extra, "extra file"))
    if tally.look:
        words.append(f"{plural(tally.look, 'file')} to look at")
    if found.edited_files:
        words.append(plural(found.edited_files, "edited copy", "edited copies"))
    gain = (
        f"; {size(found.reclaimable_bytes)} can be freed safely" if found.reclaimable_bytes else ""
    )
    return [
        (f"{', '.join(words)}{gain}. ", "bold"),
        (f"{searched}. Job {job.id[:8]}.", ""),
    ]


def _nothing(job: JobInfo, found: Summary, tally: Tally) -> str:
    """Why there are no groups."""
    if tally.unread:
        # It would be taken for an answer about the very file that nobody could look into.
        return f"{plural(tally.unread, 'named image')} could not be read, and was not searched for."
    return f"No {wanted(job) if found.files else 'images'} found."


def notices(found: Summary) -> Iterator[list[Segment]]:
    """What was asked for and had no effect, and what was left out, a line each."""
    for notice in found.notices:
        yield [("note      ", "yellow"), (notice, "")]
    if found.left_out:
        files = plural(found.left_out, "file")
        was = "was" if found.left_out == 1 else "were"
        where = "in recycle bins, snapshots or caches"
        text = f"{files} {where} {was} left out (--bins searches them)."
        yield [("note      ", "yellow"), (text, "")]


def ended_early(job: JobInfo, found: Summary) -> str:
    """How much of a search is in the result of one that was cancelled."""
    if job.progress.found > found.files + found.invalid:
        return counted(
            "Ended early: %(done)s of %(count)s picture was compared.",
            "Ended early: %(done)s of %(count)s pictures were compared.",
            job.progress.found,
            done=number(found.files),
        )
    if job.options.edited and job.progress.compared >= 1:
        return _(
            "Ended early: all pictures were compared, and %(share)s of possible edited copies "
            "looked at.",
            share=percent(job.progress.laid),
        )
    share = percent(job.progress.compared)
    return _("Ended early: %(share)s of the comparison was done.", share=share)


def next_step(job: JobInfo, found: Summary, tally: Tally) -> str | None:
    """What somebody who sees the result for the first time may want to do next."""
    if found.groups:
        known = job.id[:8]
        step = f"Look and decide: {command(f'review {known}')}"
        # Without a proven copy, nothing would go.
        return f"{step}. Or straight away: {command(f'trash {known}')}" if tally.extra else step
    if found.files > 1 and (job.options.same_dim or not job.options.similarity):
        return "Saved again, or in other sizes? Try --similarity similar --no-same-dim"
    return None


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


def _mark(row: Member, number: int, fate: Fate) -> Segment:
    """What a line begins with: what became of the file, what was decided, or is proposed."""
    if row.path in fate.gone:
        return _GONE
    decision = fate.decision(row.group, number)
    if decision is not None and not (decision == "stays" and row.action == "keep"):
        return _DECIDED[decision]
    return _MARKS[row.action] if row.lie is None else _EDITED


def _group(row: Group, fate: Fate) -> Iterator[list[Segment]]:
    gain = f", {size(row.reclaimable_bytes)} to free" if row.reclaimable_bytes else ""
    where = f" in {printable(row.folder)}" if row.folder is not None else ""
    if row.id > 1:
        yield []
    head = [(f"Group {row.id}", "bold"), (f"  {plural(row.count, 'file')}{gain}{where}", "dim")]
    if row.id in fate.ignored:
        head.append(("  no duplicates, as you said", "yellow"))
    yield head


def _member(row: Member, mark: Segment) -> Iterator[list[Segment]]:
    facts = [f"{dimensions(row.width, row.height)}{row.format}", size(row.size), relation(row)]
    if row.lie is not None:
        facts = [f"{dimensions(row.width, row.height)}{row.format}", relation(row)]
        yield [mark, (printable(row.path), ""), (f"  {', '.join(facts)}", "dim")]
        return
    yield [
        mark,
        (printable(row.path), "bold" if row.action == "keep" else ""),
        (f"  {', '.join(filter(None, facts))}", "dim"),
    ]
    # What an extra copy has in common with the one that stays was said in its line.
    if row.action in {"keep", "none"}:
        yield [(f"      {row.reason}", "dim italic")]
    for warning in row.warnings:
        yield [(f"      note: {warning}", "yellow")]
    for link in row.links:
        yield [("      also named ", "dim"), (printable(link), "")]
