"""Where a plugin writes, and what its entries run: everything that differs from user to user."""

from __future__ import annotations

import os
import sys
import sysconfig
from dataclasses import dataclass
from pathlib import Path
from typing import Self

import platformdirs

from difd.system import facts


@dataclass(frozen=True, slots=True)
class Surroundings:
    """The user's folders, and the command.

    Attributes:
        command: what runs difctl, the program with its absolute path; menus know no virtual
            environment.
        home: the home folder.
        data: `$XDG_DATA_HOME`.
        config: `$XDG_CONFIG_HOME`.
        records: where `Footprint` keeps what was written.
        language: of labels that can be in one language only.
        shared: `$XDG_DATA_DIRS`, where packages of the system put entries for all users.
    """

    command: tuple[str, ...]
    home: Path
    data: Path
    config: Path
    records: Path
    language: str
    shared: tuple[Path, ...] = ()

    @classmethod
    def of_user(cls, language: str) -> Self:
        """Those of the user who runs this."""
        shared = platformdirs.site_data_dir(multipath=True).split(os.pathsep)
        state = Path(platformdirs.user_state_dir("difd", appauthor=False))
        return cls(
            command=_command(),
            home=Path.home(),
            data=Path(platformdirs.user_data_dir()),
            config=Path(platformdirs.user_config_dir()),
            records=state / "integration",
            language=language,
            shared=tuple(map(Path, shared)),
        )


def _command() -> tuple[str, ...]:
    """The difctl that runs now, else the one beside this Python."""
    if facts.WINDOWS:
        # difctl.exe would open a console window for a moment.
        windowless = Path(sys.executable).with_name("pythonw.exe")
        python = windowless if windowless.exists() else Path(sys.executable)
        return (str(python), "-P", "-m", "difclient")
    called = Path(sys.argv[0]).absolute()
    if called.name == "difctl" and called.is_file():
        return (str(called),)
    return (str(Path(sysconfig.get_path("scripts")) / "difctl"),)
