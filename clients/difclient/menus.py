"""difd's entries in the menus of this user's file managers: which there are, and whether they work.

What `difctl integrate` shows, the doctor looks at, and `difctl uninstall` takes back.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import msgspec

from difshell.menu import user_language
from difshell.plugin import (
    FileManager,
    IntegrationRefused,
    Problem,
    Registry,
    State,
    file_managers,
)
from difshell.surroundings import Surroundings

_UPDATE: Final = Problem(
    "Its entries were written by another difd, or for another place.", "difctl integrate install"
)
_CHANGED: Final = Problem("Its entries were changed by somebody else, and were left alone.")


class Menu(msgspec.Struct, frozen=True):
    """What there is to say of one file manager; the names are those of the JSON document.

    Attributes:
        version: of the file manager, None if it is not here.
        installed: how the entries are.
        works: they are shown, and do what they say.
        problems: why not.
    """

    name: str
    version: str | None
    installed: State
    works: bool
    problems: tuple[Problem, ...]


def user_file_managers() -> Registry:
    """The plugins of this system, for this user."""
    return file_managers(Surroundings.of_user(user_language()))


def menu_of(plugin: FileManager) -> Menu:
    """How a file manager's menu is."""
    version: str | None = None
    state: State = "changed"
    problems: tuple[Problem, ...] = ()
    try:
        version = plugin.detect()
        state = plugin.status()
        # What all users have is there for file managers that are not, too.
        if version is not None or state not in {"absent", "shared"}:
            problems = plugin.verify()
    except (IntegrationRefused, OSError) as error:
        problems = (told(error),)
    if state == "outdated":
        problems += (_UPDATE,)
    elif state == "changed" and not problems:
        problems = (_CHANGED,)
    works = version is not None and state in {"installed", "shared"} and not problems
    return Menu(plugin.name, version, state, works, problems)


def broken_menus(registry: Registry) -> Iterator[Menu]:
    """The menus whose plugins cannot be loaded."""
    for name, reason in registry.broken.items():
        yield Menu(name, None, "absent", works=False, problems=(Problem(reason),))


def told(error: IntegrationRefused | OSError) -> Problem:
    """A refusal as a problem."""
    if isinstance(error, IntegrationRefused):
        where = f": {error.path}" if error.path is not None else ""
        message = error.message.rstrip(".") if where else error.message
        return Problem(message + where, error.hint)
    where = f": {error.filename}" if error.filename is not None else ""
    return Problem(f"{error.strerror}{where}")
