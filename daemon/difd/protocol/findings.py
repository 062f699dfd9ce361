"""What `difctl doctor` finds: one line for each thing that was looked at."""

from __future__ import annotations

from typing import Literal

import msgspec

State = Literal["good", "doubtful", "broken"]
"""Works; works and may surprise; does not work."""


class Finding(msgspec.Struct, frozen=True):
    """One thing that was looked at, and how it is.

    Attributes:
        section: what it belongs to, such as `Directories`.
        name: what it is.
        says: how it is; a path stands at the end, if there is one.
        hint: what to do about it, a sentence or a command.
    """

    section: str
    name: str
    state: State
    says: str
    hint: str | None = None
