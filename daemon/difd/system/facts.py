"""Which system this is, for what is one word of difference; all else is asked of a seam."""

from __future__ import annotations

import sys
from typing import Final

NAME: Final = sys.platform
LINUX: Final = sys.platform.startswith("linux")
MACOS: Final = sys.platform == "darwin"
WINDOWS: Final = sys.platform == "win32"
