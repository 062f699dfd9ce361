"""What the functions of the Python API are given, in the forms that difPy takes."""

from __future__ import annotations

import os
import warnings
from collections.abc import Iterable, Mapping
from typing import Any

from difd.protocol.errors import PathNotFound
from difd.protocol.options import InFolder
from difd.protocol.places import absolute

PathLike = str | bytes | os.PathLike[str] | os.PathLike[bytes]


def flat(directory: tuple[PathLike | Iterable[PathLike], ...]) -> Iterable[PathLike]:
    """Paths of which some were given in lists."""
    for given in directory:
        yield from many(given)


def many(given: PathLike | Iterable[PathLike]) -> Iterable[PathLike]:
    """One path, or a list of them."""
    if isinstance(given, str | bytes | os.PathLike):
        return (given,)
    return given


def texts(given: str | Iterable[str]) -> tuple[str, ...]:
    """One text, or a list of them."""
    return (given,) if isinstance(given, str) else tuple(given)


def absolute_path(path: PathLike) -> bytes:
    """A path as bytes, absolute.

    Raises:
        PathNotFound: it is empty.
    """
    given = os.fsencode(path)
    if not given:
        raise PathNotFound("A path is empty.")
    return absolute(given)


def in_folder_of(given: bool | InFolder, folders: int) -> InFolder:  # noqa: FBT001  difPy's own
    """The two meanings that difPy's manuals give to `in_folder=True`."""
    if given is True:
        return "given" if folders > 1 else "each"
    return "off" if given is False else given


def drop_logs(more: dict[str, Any]) -> None:
    """Take away what difPy once had, with a warning."""
    if more.pop("logs", None) is not None:
        warnings.warn("The option 'logs' has no effect.", DeprecationWarning, stacklevel=3)


def refuse_unknown(function: str, more: Mapping[str, object], known: set[str]) -> None:
    """Refuse what a function does not know, as Python does.

    Raises:
        TypeError: there is something.
    """
    unknown = sorted(more.keys() - known)
    if unknown:
        raise TypeError(f"{function}() got an unexpected keyword argument {unknown[0]!r}")
