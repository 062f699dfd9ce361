"""What plugins share that write key files, one for each entry and rule."""

from __future__ import annotations

from typing import ClassVar

from difshell.linux.packages import program_version
from difshell.written import WrittenMenu


class KeyFileMenu(WrittenMenu):
    """A file manager that reads a folder of key files, and needs nothing else."""

    program: ClassVar[str]

    def detect(self) -> str | None:
        """Its version."""
        return program_version(self.program)
