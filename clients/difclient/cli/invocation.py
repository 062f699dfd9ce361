"""How the next command is written: what we advise has to reach the daemon that we talked to."""

from __future__ import annotations

import os

from difclient import CHOICE


def command(words: str) -> str:
    """A command of ours as it is to be typed, with the other machine, if it is about one."""
    host = os.environ.get(CHOICE)
    return f"difctl --host {host} {words}" if host else f"difctl {words}"
