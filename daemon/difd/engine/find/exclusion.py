"""What was excluded: paths at or below what is searched, and patterns; and which had no effect."""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Final

from difd.engine.find.roots import Root
from difd.protocol.errors import InvalidOption
from difd.protocol.excluding import fault_of
from difd.system import paths as system_paths

if TYPE_CHECKING:
    from pathspec import GitIgnoreSpec

_WILD: Final = frozenset("*?[")


class Exclusion:
    """Says what is left out.

    Args:
        values: patterns by the rules of .gitignore, relative to the given folder; or absolute
            paths of what lies at or below a root or holds one, whatever links lead there.
        roots: the folders that are walked.

    Raises:
        InvalidOption: a pattern is not understood.
    """

    def __init__(self, values: Sequence[str], roots: Iterable[Root]) -> None:
        self._paths: dict[bytes, str] = {}
        lines: dict[str, str] = {}
        roots = tuple(roots)
        for value in values:
            paths = _paths_of(value, roots)
            if paths:
                self._paths.update(dict.fromkeys(paths, value))
            else:
                lines[_pattern_of(value, roots)] = value
        self._patterns = _understood(lines)
        single = {value: _spec([_positive(line)]) for line, value in lines.items()}
        self._idle_patterns = single
        self._idle_paths = dict.fromkeys(self._paths.values())

    @property
    def idle(self) -> list[str]:
        """The values that nothing was left out for."""
        return [*self._idle_patterns, *self._idle_paths]

    def holds(self, root: Root, path: bytes) -> bool:
        """Whether something is left out.

        Args:
            root: where the walk began that came to it.
            path: absolute; of a folder, with a slash at its end.
        """
        inside = system_paths.below(root.path, path)
        if self._paths and self._is_named(os.path.join(root.real, inside.rstrip(b"/"))):
            return True
        if self._patterns is None:
            return False
        name = os.fsdecode(root.prefix + system_paths.slashed(inside))
        # Of those that had an effect nobody asks again, so a long list costs little.
        for value in [one for one, spec in self._idle_patterns.items() if spec.match_file(name)]:
            del self._idle_patterns[value]
        return self._patterns.match_file(name)

    def holds_root(self, root: Root) -> bool:
        """Whether a root itself is left out, because it or a folder above it was named."""
        above = [path for path in self._paths if system_paths.holds(path, root.real)]
        for path in above:
            self._idle_paths.pop(self._paths[path], None)
        return bool(above)

    def _is_named(self, real: bytes) -> bool:
        if real not in self._paths:
            return False
        self._idle_paths.pop(self._paths[real], None)
        return True


def _paths_of(value: str, roots: Sequence[Root]) -> list[bytes]:
    """The paths that are meant; none if it is a pattern.

    Links to folders are not followed by a search, so who names one means the folder, too.
    """
    found = [_path_of(value, roots)]
    if _is_absolute(value) and os.path.lexists(value):
        if os.path.isdir(value):
            found.append(_path_of(os.path.realpath(value), roots))
        found.append(_listed(os.fsencode(os.path.normpath(value)), roots))
    return [path for path in dict.fromkeys(found) if path is not None]


def _listed(path: bytes, roots: Iterable[Root]) -> bytes | None:
    """What is at a path, with the names under which a walk comes to it; None if none does.

    Where `Private` and `PRIVATE` are one name, only its folder tells how it is written.
    """
    inside: list[bytes] = []
    while os.path.dirname(path) != path:
        identity = _identity(path)
        for root in roots:
            if identity == root.identity:
                return os.path.join(root.real, *reversed(inside))
        path, name = os.path.split(path)
        inside.append(_listed_name(path, name))
    return None


def _listed_name(folder: bytes, name: bytes) -> bytes:
    identity = _identity(os.path.join(folder, name))
    other = os.fsencode(os.fsdecode(name).swapcase())
    # A folder is listed, which takes long, only where two spellings are one name.
    if other == name or _identity(os.path.join(folder, other)) != identity:
        return name
    try:
        names = os.listdir(folder)
    except OSError:
        return name
    if name in names:
        return name
    same = (one for one in names if _identity(os.path.join(folder, one)) == identity)
    return next(same, name)


def _identity(path: bytes) -> tuple[int, int] | None:
    try:
        status = os.lstat(path)
    except OSError:
        return None
    return status.st_dev, status.st_ino


def _path_of(value: str, roots: Iterable[Root]) -> bytes | None:
    """The path that is meant, its folders resolved; None if it is a pattern."""
    if not _is_absolute(value) or not value.strip("/"):
        return None
    path = os.fsencode(os.path.normpath(value))
    folder, name = os.path.split(path)
    real = os.path.join(os.path.realpath(folder), name)
    is_there = os.path.lexists(real)
    for root in roots:
        places = (root.path, root.real)
        below = any(system_paths.holds(place, one) for place in places for one in (path, real))
        if below and (is_there or not _WILD.intersection(value)):
            return real
        # The root itself may have been given by a link that is named here.
        if is_there and (system_paths.holds(real, root.real) or path == root.path):
            return root.real if path == root.path else real
    return None


def _pattern_of(value: str, roots: Iterable[Root]) -> str:
    """The pattern of .gitignore that is meant."""
    for root in roots:
        for place in (root.path, root.real):
            inside = value.removeprefix(os.fsdecode(system_paths.inside(place)))
            if inside != value:
                return f"/{os.fsdecode(root.prefix + system_paths.slashed(os.fsencode(inside)))}"
    # There is no file here in which a line could be a comment.
    return "\\" + value if value.startswith("#") else value


def _is_absolute(value: str) -> bool:
    return system_paths.is_absolute(os.fsencode(value))


def _positive(line: str) -> str:
    return line.removeprefix("!")


def _spec(lines: Iterable[str]) -> GitIgnoreSpec:
    from pathspec import GitIgnoreSpec  # noqa: PLC0415  most searches leave nothing out

    return GitIgnoreSpec.from_lines(lines)


def _understood(lines: Iterable[str]) -> GitIgnoreSpec | None:
    lines = list(lines)
    if not lines:
        return None
    faults = [f"{line!r} {fault}" for line in lines if (fault := fault_of(line))]
    if faults:
        raise InvalidOption(f"exclude has a pattern that is not understood: {faults[0]}.")
    try:
        return _spec(lines)
    except ValueError as error:
        raise InvalidOption(f"exclude has a pattern that is not understood: {error}.") from None
