"""What can be said of a search that found no groups; "there are none" only where somebody looked.

One place decides it, so that the terminal, the page, reports, tray and notifications say the same.
"""

from __future__ import annotations

from difclient.language.catalogue import counted, number
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
