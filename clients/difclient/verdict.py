"""What can be said of a search that found no groups; "there are none" only where somebody looked.

One place decides it, so that the terminal, the page, reports, tray and notifications say the same.
"""

from __future__ import annotations

from difclient.cli.text import plural
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
        pictures = plural(unread + found.files, "picture")
        return f"Nothing could be compared: {unread:,} of {pictures} could not be read."
    which = "the picture" if unread == 1 else f"the {unread:,} pictures"
    return f"Nothing could be compared: {which} could not be read."
