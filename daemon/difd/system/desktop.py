"""The user's desktop: which language it is in, its drives, and showing a file in its programs."""

from __future__ import annotations

import sys

if sys.platform == "win32":
    from difd.system.windows.desktop import drives, language, open_file, opens, show_in_folder
else:
    from difd.system.posix.desktop import drives, language, open_file, opens, show_in_folder

__all__ = ["drives", "language", "open_file", "opens", "show_in_folder"]
