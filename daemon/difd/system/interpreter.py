"""The Python that this runs in, for processes of ours that run in it, too."""

from __future__ import annotations

import sys
from typing import Final

COMMAND: Final = (sys.executable, "-I" if sys.flags.isolated else "-P")
"""Program and option: no module is taken from the folder that somebody happens to be in. Where this
process takes nothing from the environment and from the user's own packages, as one that a package
of the system brought, those that it starts do not either."""
