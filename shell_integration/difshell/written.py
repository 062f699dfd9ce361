"""What plugins share whose menu is a set of files that are ours alone."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from pathlib import Path
from typing import ClassVar

from difshell.footprint import Content, Footprint
from difshell.plugin import Problem, State, command_problems
from difshell.surroundings import Surroundings


class WrittenMenu(ABC):
    """A file manager that reads files of ours.

    Args:
        surroundings: where to write, and what the entries run.
    """

    name: ClassVar[str]

    def __init__(self, surroundings: Surroundings) -> None:
        self._surroundings = surroundings
        self._footprint = Footprint(self.name, surroundings)

    @abstractmethod
    def files(self) -> Mapping[Path, Content]:
        """The files that make the menu.

        Raises:
            IntegrationRefused: they cannot name the command.
        """

    @abstractmethod
    def detect(self) -> str | None:
        """Its version, None if it is not here."""

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
        """Whether the command is there."""
        return command_problems(self._surroundings.command)
