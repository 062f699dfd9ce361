"""What commands do with a job: wait for its end, and print what came of it."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from typing import Final

from difclient.cli.invocation import command
from difclient.cli.listing import Tally, listing, next_step, notices, summary
from difclient.cli.output import Printer, print_json
from difclient.cli.progress import progress_shown
from difclient.client import Client
from difclient.remote import is_elsewhere
from difd.protocol.document import job_document
from difd.protocol.errors import JobCancelled, JobFailed, error_from_info
from difd.protocol.jobs import JobInfo
from difd.protocol.results import Row

NOT_SEARCHED: Final = 4
"""Exit code of a search that had nothing to compare, or could not read what was named."""


def follow_to_end(client: Client, job: JobInfo, *, progress: bool | None) -> JobInfo:
    """Wait until the job rests; Ctrl-C cancels it in the daemon.

    Raises:
        DifdError: it did not end well; the error is the job's own.
    """
    try:
        with progress_shown(progress) as update:
            for info in client.follow(job.id):
                job = info
                update(info.progress)
        # Who waits here is told here; a tray need not tell it, too.
        client.take_lease(job.id)
    except KeyboardInterrupt:
        client.cancel(job.id)
        raise JobCancelled(
            "The search was cancelled.",
            hint=f"Take it up where it was with: {command(f'resume {job.id[:8]}')}",
        ) from None
    raise_unless_done(job)
    return job


def raise_unless_done(job: JobInfo) -> None:
    """Raise the job's own error if it ended otherwise than done.

    Raises:
        DifdError: the error, or that the job has not ended yet.
    """
    if job.error is not None:
        error = error_from_info(job.error)
        if error.hint:
            error.hint = error.hint.replace("JOB", job.id[:8])
        raise error
    if job.state != "done":
        raise JobFailed(
            f"Job {job.id[:8]} is {job.state} and has no result yet.",
            hint=f"See how far it is with: {command('jobs')}",
        )


def print_result(client: Client, job: JobInfo, *, as_json: bool) -> int:
    """Print a finished job's result.

    Returns:
        The exit code: `NOT_SEARCHED` if no picture could be compared, or one that was named could
        not be read; else 0.
    """
    tally = Tally(named=_named(job))
    rows = client.results(job.id)
    if as_json:
        print_json(job_document(job, _counted(rows, tally)))
    else:
        _print(job, rows, tally)
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


def _print(job: JobInfo, rows: Iterable[Row], tally: Tally) -> None:
    printer = Printer()
    printer.lines(listing(rows, tally))
    if job.summary is not None:
        told = list(notices(job.summary))
        printer.lines(told)
        if job.summary.groups or job.summary.invalid > tally.aside or told:
            printer.line()
        printer.prose(*summary(job, job.summary, tally))
        if (step := next_step(job, job.summary, tally)) is not None:
            printer.prose((step, "dim"))


def print_job(job: JobInfo, *, as_json: bool) -> None:
    """Print a job's id and state."""
    if as_json:
        print_json({"job": job.id, "state": job.state})
    else:
        Printer().line((job.id, "bold"), (f"  {job.state}", ""))
