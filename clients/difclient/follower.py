"""`python -m difclient.follower JOB`: left behind by `difctl open` to tell the user the result.

It has no terminal and no parent that waits. It tells nothing if a tray, or another follower, has
taken the job's lease.
"""

from __future__ import annotations

import os
import sys
import time
import webbrowser
from collections import deque
from pathlib import Path
from typing import Final

import platformdirs

from difclient.cli.text import plural, printable, size
from difclient.client import Client
from difclient.notify import show_notification
from difclient.report.page import write_page
from difd.protocol.errors import DifdError
from difd.protocol.jobs import JobInfo

TRAY_SECONDS: Final = 1.0
"""How long after the end of a job a tray may take its lease before we ask for it."""

PAGES_KEPT: Final = 10
"""Pages of results that were opened; older ones are removed."""

_SHOWN: Final = 3


def tell_failure(error: DifdError) -> None:
    """Tell somebody who has no terminal what went wrong."""
    parts = [error.message, printable(error.path) if error.path else "", error.hint or ""]
    show_notification("difd could not do this", "\n".join(part for part in parts if part))


def follow(reference: str) -> None:
    """Wait for the end of a job, and tell it unless somebody else does."""
    try:
        with Client(here=True) as client:
            (job,) = deque(client.follow(reference), maxlen=1)
            time.sleep(TRAY_SECONDS)
            if job.state == "cancelled" or not client.take_lease(job.id):
                return
        title, body = outcome(job)
        found = job.summary is not None and job.summary.groups > 0
        if show_notification(title, body, button="Show them" if found else None):
            webbrowser.open(_page(job).as_uri())
    except DifdError as error:
        tell_failure(error)


def outcome(job: JobInfo) -> tuple[str, str]:
    """What became of a job, as a title and a text."""
    paths = job.options.paths
    places = [printable(path) for path in paths[:_SHOWN]]
    if len(paths) > _SHOWN:
        places.append(f"and {len(paths) - _SHOWN:,} more")
    where = "\n".join(places)
    if job.summary is None:
        message = job.error.message if job.error is not None else f"It is {job.state}."
        return "The search did not end well", f"{message}\n{where}"
    if job.summary.groups == 0:
        return "No matching images", where
    title = f"{plural(job.summary.groups, 'group')} of matching images"
    if job.summary.reclaimable_bytes:
        title += f", {size(job.summary.reclaimable_bytes)} to free"
    return title, f"{where}\nAgain later: difctl show {job.id[:8]}"


def _page(job: JobInfo) -> Path:
    """Write the page of a result where only the user can read it."""
    folder = Path(platformdirs.user_cache_dir("difd", appauthor=False)) / "pages"
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    path = folder / f"{job.id}.html"
    temporary = path.with_suffix(f".{os.getpid()}.tmp")
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC
    # The daemon may have left since the search; then this starts it again, for the pictures.
    with (
        Client(here=True) as client,
        os.fdopen(os.open(temporary, flags, 0o600), "w", encoding="utf-8") as file,
    ):
        write_page(client, job, list(client.results(job.id)), file)
    temporary.replace(path)
    pages = sorted(folder.glob("*.html"), key=lambda page: page.stat().st_mtime, reverse=True)
    for old in pages[PAGES_KEPT:]:
        old.unlink(missing_ok=True)
    return path


if __name__ == "__main__":
    follow(sys.argv[1])
