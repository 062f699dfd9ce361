"""What commands do with a job: wait for its end, and print what came of it."""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Iterable, Iterator
from itertools import chain
from typing import Final

import click

from difclient.cli.invocation import command
from difclient.cli.listing import listing
from difclient.cli.naming import names_of
from difclient.cli.output import Printer, Segment, print_json
from difclient.cli.pager import print_paged
from difclient.cli.progress import progress_shown, waiting_told
from difclient.cli.totals import (
    Tally,
    decided,
    head,
    next_steps,
    notices,
    summary,
)
from difclient.client import Client
from difclient.remote import is_elsewhere
from difclient.verdict import ended_early
from difd.protocol.deciding import UNTOUCHED, Fate
from difd.protocol.document import job_document
from difd.protocol.errors import JobCancelled, JobFailed, JobPaused, error_from_info
from difd.protocol.jobs import JobInfo
from difd.protocol.results import Row, Summary

NOT_SEARCHED: Final = 4
"""Exit code of a search that had nothing to compare, or could not read what was named."""


def follow_to_end(client: Client, job: JobInfo, *, progress: bool | None) -> JobInfo:
    """Wait until the job rests; Ctrl-C cancels it in the daemon.

    Then what was found so far is its result; a second Ctrl-C does not wait for that.

    Raises:
        DifdError: it did not end well; the error is the job's own.
    """
    try:
        try:
            job = _followed(client, job, progress)
        except KeyboardInterrupt:
            client.cancel(job.id)
            click.echo("Comparing what was read so far. Ctrl-C again ends at once.", err=True)
            job = _followed(client, job, progress)
    except KeyboardInterrupt:
        client.cancel(job.id)
        raise _cancelled(job) from None
    if job.state == "cancelled" and not job.has_result:
        raise _cancelled(job)
    raise_unless_done(job)
    return job


def _followed(client: Client, job: JobInfo, progress: bool | None) -> JobInfo:
    """The job once it rests."""
    tell = waiting_told("Ctrl-C twice leaves it; nothing is lost.")
    with progress_shown(progress) as update:
        for info in client.follow(job.id):
            job = info
            update(info.progress)
            tell(info.progress.waiting)
        # Who waits here is told here; a tray need not tell it, too.
        client.take_lease(job.id)
    return job


def _cancelled(job: JobInfo) -> JobCancelled:
    return JobCancelled(
        "The search was cancelled.",
        hint=f"Take it up where it was with: {command(f'resume {job.id[:8]}')}",
    )


def raise_unless_done(job: JobInfo) -> None:
    """Raise the job's own error if it ended without a result.

    Raises:
        DifdError: the error, or that the job has not ended yet.
    """
    if job.state == "paused":
        raise JobPaused(
            "The search is paused.", hint=f"Go on with it: {command(f'resume {job.id[:8]}')}"
        )
    if job.error is not None:
        error = error_from_info(job.error)
        if error.hint:
            error.hint = error.hint.replace("JOB", job.id[:8])
        raise error
    if not job.has_result:
        raise JobFailed(
            f"Job {job.id[:8]} is {job.state} and has no result yet.",
            hint=f"See how far it is with: {command('jobs')}",
        )


def print_result(
    client: Client, job: JobInfo, *, as_json: bool, pager: bool, fate: Fate = UNTOUCHED
) -> int:
    """Print a finished job's result.

    Args:
        client: asked for its rows.
        job: the job.
        as_json: as one document, not as lines.
        pager: on a terminal, groups that exceed the screen go through the pager.
        fate: what became of its files since.

    Returns:
        The exit code: `NOT_SEARCHED` if no picture could be compared, or one that was named could
        not be read; else 0.
    """
    tally = Tally(_named(job), fate)
    rows = _counted(client.results(job.id), tally)
    if as_json:
        print_json(job_document(job, rows, fate))
    else:
        # The numbers come before the groups, so they are read twice, but never kept.
        deque(rows, maxlen=0)
        _print(client, job, tally, pager=pager)
    found = job.summary
    nothing = found is not None and not found.files and not found.groups
    return NOT_SEARCHED if nothing or tally.unread else 0


def _named(job: JobInfo) -> frozenset[bytes]:
    """The given paths; an image may have been given by a link."""
    paths = job.options.paths
    return frozenset(paths if is_elsewhere() else (*paths, *map(os.path.realpath, paths)))


def _counted(rows: Iterable[Row], tally: Tally) -> Iterator[Row]:
    for row in rows:
        tally.count(row)
        yield row


def _print(client: Client, job: JobInfo, tally: Tally, *, pager: bool) -> None:
    found = job.summary
    if found is None:
        return
    printer = Printer()
    lines = _lines(client, job, found, tally)
    first = next(lines, None)
    if first is not None:
        print_paged(printer, chain([first], lines), wanted=pager)
        printer.line()
    if found.partial:
        printer.prose((ended_early(job, found), "bold yellow"))
    printer.prose(*summary(job, found, tally))
    if tally.fate.decisions:
        printer.prose(*decided(job, found.groups, tally.fate))
    else:
        for step in next_steps(job, found, tally):
            printer.prose(*step)


def _lines(
    client: Client, job: JobInfo, found: Summary, tally: Tally
) -> Iterator[Iterable[Segment]]:
    """All that may exceed a screen."""
    names = names_of(job)
    if found.groups:
        yield from head(job, found, tally, names)
        yield []
    if found.groups or found.invalid > tally.aside:
        yield from listing(client.results(job.id), names, tally.fate)
    yield from notices(found)


def print_job(job: JobInfo, *, as_json: bool) -> None:
    """Print a job's id and state."""
    if as_json:
        print_json({"job": job.id, "state": job.state})
    else:
        Printer().line((job.id, "bold"), (f"  {job.state}", ""))


def exit_code_of(job: JobInfo) -> int:
    """0, or that of Ctrl-C for the result of a search that ended early."""
    return JobCancelled.exit_code if job.state == "cancelled" else 0
