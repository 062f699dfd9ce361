"""What is left out of a search: folders and files by their paths, or patterns as in .gitignore.

What people write is made into what travels: a path from the root, or a pattern.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Sequence
from typing import Final

from difd.protocol.errors import InvalidOption
from difd.protocol.patterns import pattern
from difd.protocol.places import absolute
from difd.system import paths

_MARKS: Final = frozenset("*?[]!#\\")
"""Letters that mean more than themselves in a pattern."""

_SOUND: Final = pattern(
    # Letters, escaped letters, and sets, in which a ] that comes first means itself.
    r"(?:[^\\\[]++|\\.|\[[!^]?+\]?+(?:[^\]\\]++|\\.)*+\])*+",
    re.DOTALL,
)


def exclusions(given: Iterable[str], roots: Sequence[bytes] | None = None) -> tuple[str, ...]:
    """What is meant by each value, as the shell means it.

    A value that names a file or folder is that one: from the root, from home (`~`), or from the
    current directory. A plain name that is there stays a pattern, which leaves out more of them.

    Args:
        given: as people write it.
        roots: absolute paths of what is searched, where that is known: only what lies in them is
            meant without `./`.
    """
    real = None if roots is None else [os.path.realpath(root) for root in roots]
    return tuple(_meant(value, real) for value in given)


def check_exclusions(values: Iterable[str], name: str = "exclude") -> None:
    """Refuse patterns that cannot match anything because something in them is missing.

    Args:
        values: paths and patterns.
        name: of the option or setting that they are.

    Raises:
        InvalidOption: it says which, and what is wrong.
    """
    for value in values:
        # A path that is there may have any name.
        if fault := "" if _is_path(value) else fault_of(value):
            raise InvalidOption(
                f"{name} has a pattern that is not understood: {value!r} {fault}.",
                hint="Put a backslash before a letter that is to mean itself.",
            )


def fault_of(pattern: str) -> str:
    """What is wrong with a pattern, as the continuation of "it"; empty if nothing is."""
    if not pattern.strip().strip("/"):
        return "is empty"
    if pattern.strip() == "!":
        return "excludes nothing and brings nothing back"
    # A pattern may be megabytes long, and the daemon asks: nothing is looked at twice.
    sound = _SOUND.match(pattern)
    place = sound.end() if sound else 0
    if place == len(pattern):
        return ""
    return "has a [ without its ]" if pattern[place] == "[" else "ends with a backslash"


def _is_path(value: str) -> bool:
    return _is_absolute(value) and bool(value.strip("/")) and os.path.lexists(os.fsencode(value))


def _meant(value: str, roots: list[bytes] | None) -> str:
    if not value.strip():
        return value
    first = os.fsdecode(paths.slashed(os.fsencode(value))).split("/", 1)[0]
    if first == "~":
        return os.fsdecode(absolute(os.fsencode(os.path.expanduser(value))))
    if first in {".", ".."}:
        return os.fsdecode(absolute(os.fsencode(value)))
    if _is_absolute(value) or roots is None:
        return value
    there = absolute(os.fsencode(value))
    return os.fsdecode(there) if _names_a_place(value, there, roots) else value


def _names_a_place(value: str, there: bytes, roots: list[bytes]) -> bool:
    """Whether a value without `./` is a path of what is searched, rather than a pattern."""
    if not os.path.lexists(there):
        return False
    if any(paths.holds(root, _real(there)) for root in roots):
        return "/" in value.rstrip("/") or bool(_MARKS.intersection(value))
    # Of a link to a folder, the folder is meant.
    led = os.path.realpath(there)
    return os.path.isdir(there) and any(paths.holds(root, led) for root in roots)


def _real(path: bytes) -> bytes:
    """The path with links in its folders resolved; the last name itself may be a link."""
    folder, name = os.path.split(path)
    return os.path.join(os.path.realpath(folder), name)


def _is_absolute(value: str) -> bool:
    return paths.is_absolute(os.fsencode(value))
