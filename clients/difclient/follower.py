"""`python -m difclient.follower JOB`: left behind by `difctl open` to tell the user the result.

It has no terminal and no parent that waits. It tells nothing if a tray, or another follower, has
taken the job's lease.
"""

from __future__ import annotations

import os
import sys
import time
from collections import deque
from collections.abc import Sequence
from typing import Final

from difclient import CHOICE
from difclient.cli.text import plural, printable, size
from difclient.client import Client
from difclient.notify import show_notification
from difclient.verdict import not_compared
from difd.protocol.errors import DifdError
from difd.protocol.jobs import JobInfo

TRAY_SECONDS: Final = 1.0
"""How long after the end of a job a tray may take its lease before we ask for it."""

_SHOWN: Final = 3


def tell_failure(error: DifdError) -> None:
    """Tell somebody who has no terminal what went wrong."""
    lines = [error.sentence(printable), *([error.hint] if error.hint else [])]
    show_notification("difd could not do this", "\n".join(lines))


def follow(reference: str) -> None:
    """Wait for the end of a job, and tell it unless somebody else does."""
    try:
        with Client(here=True) as client:
            (job,) = deque(client.follow(reference), maxlen=1)
            time.sleep(TRAY_SECONDS)
            if job.state in {"cancelled", "paused"} or not client.take_lease(job.id):
                return
        title, body = outcome(job)
        found = job.summary is not None and job.summary.groups > 0
        if show_notification(title, body, button="Review" if found else None):
            _become_review(job.id)
    except DifdError as error:
        tell_failure(error)


def outcome(job: JobInfo) -> tuple[str, str]:
    """What became of a job, as a title and a text."""
    where = listed(job.options.paths)
    if job.summary is None:
        message = job.error.message if job.error is not None else f"It is {job.state}."
        return "The search failed", f"{message}\n{where}"
    if job.summary.groups == 0:
        # Of what could not be read, nobody can say that it has no copy.
        title = "Nothing was found" if job.summary.notices else "No matching images"
        title = title if job.summary.files else "There were no images to compare"
        title = not_compared(job.summary).rstrip(".") or title
        return title, "\n".join((*job.summary.notices, where))
    title = f"{plural(job.summary.groups, 'group')} of matching images"
    if job.summary.reclaimable_bytes:
        title += f", {size(job.summary.reclaimable_bytes)} to free"
    return title, f"{where}\nSee it later with: difctl show {job.id[:8]}"


def listed(paths: Sequence[bytes]) -> str:
    """Paths as lines of a notification, the first few."""
    lines = [printable(path) for path in paths[:_SHOWN]]
    if len(paths) > _SHOWN:
        lines.append(f"and {len(paths) - _SHOWN:,} more")
    return "\n".join(lines)


def _become_review(job: str) -> None:
    """Show the review page of a search of this machine's daemon, in this very process."""
    environment = {name: value for name, value in os.environ.items() if name != CHOICE}
    command = [sys.executable, "-P", "-m", "difclient", "review", job]
    os.execve(command[0], command, environment)  # noqa: S606  our own program, arguments as a list


if __name__ == "__main__":
    follow(sys.argv[1])
