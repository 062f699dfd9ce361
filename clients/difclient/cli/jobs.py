"""`difctl show`, `jobs`, `cancel`, `pause` and `resume`: searches that were begun earlier."""

from __future__ import annotations

import time
from collections import Counter, deque
from collections.abc import Sequence

import click

from difclient.cli.action_listing import done_with, summary_document
from difclient.cli.completion import searches
from difclient.cli.outcome import (
    exit_code_of,
    follow_to_end,
    print_job,
    print_result,
    raise_unless_done,
)
from difclient.cli.output import Printer, print_json
from difclient.cli.shared_options import (
    json_option,
    limit_option,
    pager_option,
    progress_option,
    wait_option,
)
from difclient.cli.totals import wanted
from difclient.client import Client
from difclient.fate import acted_on, fate_of
from difclient.language.numbers import duration, size
from difclient.language.progress import described
from difclient.language.text import plural, printable
from difclient.verdict import not_compared
from difd.protocol.actions import ActionInfo
from difd.protocol.document import options_document
from difd.protocol.jobs import FINAL_STATES, JobInfo

_STYLES = {
    "done": "green",
    "failed": "bold red",
    "interrupted": "yellow",
    "cancelled": "yellow",
    "paused": "yellow",
    "running": "cyan",
    "queued": "dim",
}


@click.command()
@click.argument("job", metavar="JOB", shell_complete=searches)
@json_option
@pager_option
def show(job: str, as_json: bool, pager: bool) -> None:
    """Show the result of an earlier search.

    JOB is a search's id, the beginning of one, or `last`.

    \b
    Example:
      difctl show last
    """
    with Client() as client:
        found = client.job(job)
        raise_unless_done(found)
        fate = fate_of(client, found.id)
        print_result(client, found, as_json=as_json, pager=pager, fate=fate)


@click.command()
@limit_option
@json_option
def jobs(limit: int, as_json: bool) -> None:
    """List the newest searches.

    \b
    Example:
      difctl jobs --limit 5
    """
    with Client() as client:
        found = client.jobs(limit)
        acted = acted_on(client)
    if as_json:
        print_json([_document(job, acted.get(job.id, [])) for job in found])
        return
    printer = Printer()
    for job in found:
        printer.line(
            (job.id[:8], "bold"),
            (f"  {job.state:<11}", _STYLES[job.state]),
            (f"  {_age(job):>15}", "dim"),
            (f"  {', '.join(printable(path) for path in job.options.paths[:3])}", ""),
            (_outcome(job), "dim"),
            (_done_since(acted.get(job.id, [])), ""),
        )
    if not found:
        printer.line(("There was no search yet. ", "bold"), ("Try: difctl search ~/Pictures", ""))


@click.command()
@click.argument("job", metavar="JOB", shell_complete=searches)
@json_option
def cancel(job: str, as_json: bool) -> None:
    """End a waiting, paused or running search.

    A running one compares what it has read, and keeps that as its result: see `difctl show`.
    Cancelled again, it ends at once. JOB is a search's id, the beginning of one, or `last`.

    \b
    Example:
      difctl cancel last
    """
    with Client() as client:
        before = client.job(job)
        after = client.cancel(before.id)
    print_job(after, as_json=as_json)
    if not as_json and before.state not in {"queued", "running", "paused"}:
        Printer().line(("It had ended before; nothing was cancelled.", "dim"))


@click.command()
@click.argument("job", metavar="JOB", shell_complete=searches)
@json_option
def pause(job: str, as_json: bool) -> None:
    """Stop a waiting or running search until it is resumed.

    It stays paused when the daemon or the machine starts again, and goes on where it was with
    `difctl resume`. Other searches run meanwhile. JOB is a search's id, the beginning of one, or
    `last`.

    \b
    Example:
      difctl pause last
    """
    with Client() as client:
        info = client.pause_job(job)
        if info.state not in FINAL_STATES:
            (info,) = deque(client.follow(info.id), maxlen=1)
    print_job(info, as_json=as_json)


@click.command()
@click.argument("job", metavar="JOB", shell_complete=searches)
@progress_option
@wait_option
@json_option
@pager_option
def resume(
    job: str,
    progress: bool | None,
    wait: bool,
    as_json: bool,
    pager: bool,
) -> int:
    """Resume a paused, interrupted, cancelled or failed search.

    JOB is a search's id, the beginning of one, or `last`.

    \b
    Example:
      difctl resume last
    """
    with Client() as client:
        info = client.resume(job)
        if wait:
            info = follow_to_end(client, info, progress=progress)
            code = print_result(client, info, as_json=as_json, pager=pager)
            return exit_code_of(info) or code
        print_job(info, as_json=as_json)
    return 0


def _document(job: JobInfo, actions: Sequence[ActionInfo]) -> dict[str, object]:
    return {
        "job": job.id,
        "state": job.state,
        "origin": job.origin,
        "created": job.created,
        "started": job.started,
        "finished": job.finished,
        "options": options_document(job.options),
        "error": None if job.error is None else job.error.message,
        "groups": None if job.summary is None else job.summary.groups,
        "reclaimable_bytes": None if job.summary is None else job.summary.reclaimable_bytes,
        "actions": [summary_document(info) for info in actions],
    }


def _done_since(actions: Sequence[ActionInfo]) -> str:
    """What was done with its files, and not undone, as a clause."""
    away = Counter[str]()
    for info in actions:
        away[done_with(info.options.verb)] += info.done - info.undone
    return "".join(f"; {plural(count, 'file')} {words}" for words, count in away.items() if count)


def _age(job: JobInfo) -> str:
    return f"{duration(max(0.0, time.time() - job.created))} ago"


def _outcome(job: JobInfo) -> str:
    more = len(job.options.paths) - 3
    others = f" and {more} more" if more > 0 else ""
    if job.origin == "watch":
        others += " (watched)"
    if job.summary is not None:
        words = f"{plural(job.summary.groups, 'group')} of {wanted(job)}"
        if why := not_compared(job.summary):
            words = f"{why[0].lower()}{why[1:].rstrip('.')}"
        if job.summary.partial:
            words += " so far"
        if job.summary.reclaimable_bytes:
            words += f", {size(job.summary.reclaimable_bytes)} to free"
    elif job.error is not None and job.state == "failed":
        words = job.error.message
    elif job.state in {"running", "paused"}:
        words = described(job.progress)
    else:
        return others
    return f"{others}  {words}"
