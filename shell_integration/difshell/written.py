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

    A package of the system may have put them where all users have them. Most file managers would
    then show a user's own beside them.

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
        """Write the files; where all users have them, remove those that are the user's own."""
        if self._shared() is None:
            self._footprint.write(self.files())
        else:
            self.uninstall()

    def uninstall(self) -> None:
        """Remove the files."""
        self._footprint.remove()

    def status(self) -> State:
        """How the files are."""
        state = self._footprint.state(self.files())
        return "shared" if state == "absent" and self._shared() is not None else state

    def verify(self) -> tuple[Problem, ...]:
        """Whether the command is there, and the entries only once."""
        problems = command_problems(self._surroundings.command)
        shared = self._shared()
        if shared is not None and self._footprint.state(self.files()) != "absent":
            twice = f"Its entries are there twice: yours, and for all users in {shared}."
            problems += (Problem(twice, f"difctl integrate install {self.name}"),)
        return problems

    def _shared(self) -> Path | None:
        """The folder where a package of the system has such files; None if there are none."""
        data = self._surroundings.data
        names = [path.relative_to(data) for path in self.files() if path.is_relative_to(data)]
        return next(
            (
                (place / name).parent
                for place in self._surroundings.shared
                for name in names
                if place != data and (place / name).is_file()
            ),
            None,
        )
