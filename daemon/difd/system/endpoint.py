"""Where a daemon is spoken to, and how it knows that a client is its user's."""

from __future__ import annotations

import sys

if sys.platform == "win32":
    from difd.system.windows.endpoint import LONGEST, NAME, Door, address, connect, is_listening
else:
    from difd.system.posix.endpoint import LONGEST, NAME, Door, address, connect, is_listening

__all__ = ["LONGEST", "NAME", "Door", "address", "connect", "is_listening"]
