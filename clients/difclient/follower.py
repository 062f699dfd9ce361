"""`python -m difclient.follower JOB`: left behind by `difctl open` to tell the user the result.

It has no terminal and no parent that waits. It tells nothing if a tray, or another follower, has
taken the job's lease.
"""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Sequence
from typing import Final

from difclient import CHOICE
from difclient.client import Client
from difclient.language.catalogue import _, counted, number, speaking, upper_first
from difclient.language.choice import desktop_language
from difclient.language.nouns import STATES
from difclient.language.numbers import size
from difclient.language.phrases import spoken
from difclient.language.progress import described, part_of
from difclient.language.text import printable
from difclient.notify import show_notification
from difclient.progress_note import ProgressNote
from difclient.verdict import not_compared
from difd.protocol.errors import DifdError
from difd.protocol.jobs import JobInfo
from difd.system import interpreter, processes

TRAY_SECONDS: Final = 1.0
"""How long after the end of a job a tray may take its lease before we ask for it."""

_SHOWN: Final = 3


def tell_failure(error: DifdError) -> None:
    """Tell somebody who has no terminal what went wrong."""
    said = DifdError(spoken(error.message), path=error.path)
    lines = [said.sentence(printable), *([error.hint] if error.hint else [])]
    show_notification(_("difd could not do this"), "\n".join(lines))


def follow(reference: str) -> None:
    """Wait for the end of a job, and tell it unless somebody else does."""
    language = desktop_language()
    try:
        with Client(here=True) as client:
            language = desktop_language(client.settings.look().settings.desktop.language)
            job = _followed(client, reference, language)
            time.sleep(TRAY_SECONDS)
            if job.state in {"cancelled", "paused"} or not client.take_lease(job.id):
                return
        with speaking(language):
            title, body = outcome(job)
            button = _("Review") if job.summary is not None and job.summary.groups else None
        if show_notification(title, body, button=button):
            _become_review(job.id)
    except DifdError as error:
        with speaking(language):
            tell_failure(error)


def _followed(client: Client, reference: str, language: str) -> JobInfo:
    """The job at its end; until then a bar tells how far it is, where the desktop has one."""
    with ProgressNote() as note, speaking(language):
        for job in client.follow(reference):
            title = _("Looking through %(place)s", place=listed(job.options.paths[:1]))
            done, whole = part_of(job.progress)
            note.show(title, upper_first(described(job.progress)), done / whole if whole else 0.0)
    return job


def outcome(job: JobInfo) -> tuple[str, str]:
    """What became of a job, as a title and a text."""
    where = listed(job.options.paths)
    if job.summary is None:
        message = spoken(job.error.message) if job.error is not None else _(STATES[job.state])
        return _("The search failed"), f"{message}\n{where}"
    if job.summary.groups == 0:
        # Of what could not be read, nobody can say that it has no copy.
        title = _("Nothing was found") if job.summary.notices else _("No matching images")
        title = title if job.summary.files else _("There were no images to compare")
        title = not_compared(job.summary).rstrip(".") or title
        return title, "\n".join((*map(spoken, job.summary.notices), where))
    title = groups_of_images(job.summary.groups)
    if job.summary.reclaimable_bytes:
        freed = size(job.summary.reclaimable_bytes)
        title = _("%(groups)s, %(size)s to free", groups=title, size=freed)
    later = _("See it later with: difctl show %(search)s", search=job.id[:8])
    return title, f"{where}\n{later}"


def groups_of_images(count: int) -> str:
    """So many groups, as a title."""
    return counted(
        "%(count)s group of matching images", "%(count)s groups of matching images", count
    )


def listed(paths: Sequence[bytes]) -> str:
    """Paths as lines of a notification, the first few."""
    lines = [printable(path) for path in paths[:_SHOWN]]
    if len(paths) > _SHOWN:
        lines.append(_("and %(count)s more", count=number(len(paths) - _SHOWN)))
    return "\n".join(lines)


def _become_review(job: str) -> None:
    """Show the review page of a search of this machine's daemon, in this very process."""
    environment = {name: value for name, value in os.environ.items() if name != CHOICE}
    command = [*interpreter.COMMAND, "-m", "difclient", "review", job]
    processes.become(command, environment)


if __name__ == "__main__":
    follow(sys.argv[1])
