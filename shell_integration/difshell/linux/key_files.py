"""What plugins share that write key files, one for each entry and rule."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import ClassVar

from difshell.footprint import Content, Footprint
from difshell.linux.packages import program_version
from difshell.plugin import Problem, State, command_problems
from difshell.surroundings import Surroundings


class KeyFileMenu:
    """A file manager that reads a folder of key files.

    Args:
        surroundings: where to write, and what the entries run.
    """

    name: ClassVar[str]
    program: ClassVar[str]

    def __init__(self, surroundings: Surroundings) -> None:
        self._surroundings = surroundings
        self._footprint = Footprint(self.name, surroundings)

    def files(self) -> Mapping[Path, Content]:
        """The files that make the menu.

        Raises:
            IntegrationRefused: they cannot name the command.
        """
        raise NotImplementedError

    def detect(self) -> str | None:
        """Its version."""
        return program_version(self.program)

    def install(self) -> None:
        """Write the files."""
        self._footprint.write(self.files())

    def uninstall(self) -> None:
        """Remove the files."""
        self._footprint.remove()

    def status(self) -> State:
        """How the files are."""
        return self._footprint.state(self.files())

    def verify(self) -> tuple[Problem, ...]:
        """Whether the command is there; the formats need nothing else."""
        return command_problems(self._surroundings.command)
