"""What hangs on a file beside what it holds: extended attributes, or streams of NTFS."""

from __future__ import annotations

import sys

if sys.platform == "win32":
    from difd.system.windows.attributes import NOT_KEPT, give, is_of_people, names, value
else:
    from difd.system.posix.attributes import NOT_KEPT, give, is_of_people, names, value

__all__ = ["NOT_KEPT", "give", "is_of_people", "names", "value"]
