"""What an action does with files, and what it did, in words."""

from __future__ import annotations

from difclient.language.catalogue import counted
from difclient.language.text import printable
from difd.protocol.actions import ActionInfo


def described(info: ActionInfo) -> str:
    """What an action does: Move 12 files to the trash."""
    match info.options.verb:
        case "trash":
            return counted(
                "Move %(count)s file to the trash", "Move %(count)s files to the trash", info.items
            )
        case "move":
            return counted(
                "Move %(count)s file to %(folder)s",
                "Move %(count)s files to %(folder)s",
                info.items,
                folder=printable(info.options.destination or b""),
            )
        case "delete":
            return counted(
                "Delete %(count)s file for good", "Delete %(count)s files for good", info.items
            )
        case "link":
            return counted(
                "Replace %(count)s file by a link", "Replace %(count)s files by links", info.items
            )


def done(info: ActionInfo) -> str:
    """What an action did: 12 files moved to the trash."""
    match info.options.verb:
        case "trash":
            return counted(
                "%(count)s file moved to the trash", "%(count)s files moved to the trash", info.done
            )
        case "move":
            return counted("%(count)s file moved", "%(count)s files moved", info.done)
        case "delete":
            return counted(
                "%(count)s file deleted for good", "%(count)s files deleted for good", info.done
            )
        case "link":
            return counted(
                "%(count)s file replaced by a link", "%(count)s files replaced by links", info.done
            )
