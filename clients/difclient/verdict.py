"""What can be said of a search that compared nothing, or not all it found.

"There are no groups" is said only where somebody looked. One place decides it, so that the
terminal, the page, reports, tray and notifications say the same.
"""

from __future__ import annotations

from difclient.language.catalogue import _, counted, number
from difclient.language.numbers import percent
from difd.protocol.jobs import JobInfo
from difd.protocol.results import Summary


def not_compared(found: Summary) -> str:
    """Why a search could say nothing about its pictures, a sentence; empty if it could.

    What could not be read may have any number of copies. A picture without another one that could
    be read was compared with nothing.
    """
    unread = found.unread_files or 0
    if found.groups or found.files > 1 or not unread:
        return ""
    if found.files:
        return counted(
            "Nothing could be compared: %(unread)s of %(count)s picture could not be read.",
            "Nothing could be compared: %(unread)s of %(count)s pictures could not be read.",
            unread + found.files,
            unread=number(unread),
        )
    return counted(
        "Nothing could be compared: the picture could not be read.",
        "Nothing could be compared: the %(count)s pictures could not be read.",
        unread,
    )


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
