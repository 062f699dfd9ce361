"""Files and folders reached through no link, and by their names in a folder that is held.

A folder that is held stays where it is for what is done in it: POSIX goes by its descriptor,
wherever its name leads next; Windows lets nobody rename or remove it, nor a folder above it.
"""

from __future__ import annotations

import sys

if sys.platform == "win32":
    from difd.system.windows.files import (
        NEW,
        give,
        is_folder,
        link,
        list_folder,
        listed_status,
        make_folder,
        open_folder,
        open_named,
        open_plain,
        read_at,
        read_link,
        remove_folder,
        rename,
        rename_if_free,
        replace,
        scan_folder,
        set_mode,
        set_times,
        status,
        symlink,
        sync,
        sync_data,
        unlink,
        write_at,
    )
else:
    from difd.system.posix.files import (
        NEW,
        give,
        is_folder,
        link,
        list_folder,
        listed_status,
        make_folder,
        open_folder,
        open_named,
        open_plain,
        read_at,
        read_link,
        remove_folder,
        rename,
        rename_if_free,
        replace,
        scan_folder,
        set_mode,
        set_times,
        status,
        symlink,
        sync,
        sync_data,
        unlink,
        write_at,
    )

__all__ = [
    "NEW",
    "give",
    "is_folder",
    "link",
    "list_folder",
    "listed_status",
    "make_folder",
    "open_folder",
    "open_named",
    "open_plain",
    "read_at",
    "read_link",
    "remove_folder",
    "rename",
    "rename_if_free",
    "replace",
    "scan_folder",
    "set_mode",
    "set_times",
    "status",
    "symlink",
    "sync",
    "sync_data",
    "unlink",
    "write_at",
]
