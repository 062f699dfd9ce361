"""Where things go: free names, temporary names, and the folders of `--keep-tree`. Only looks."""

from __future__ import annotations

import os
import secrets
import unicodedata
from collections.abc import Callable, Sequence
from collections.abc import Set as AbstractSet
from typing import Final

from difd.protocol.errors import ActionRefused
from difd.system import paths

NAME_MAX: Final = 255
"""Longest name of a file, in bytes, on all common file systems."""

_SUFFIX_MAX: Final = 16
"""What is longer and follows a dot is part of the name, not its kind."""


def free_names(
    folder: bytes, names: Sequence[bytes], taken: AbstractSet[bytes] = frozenset()
) -> list[bytes]:
    """Free paths for files that belong together; all get the same number, so that they still do.

    Args:
        folder: absolute; it need not exist.
        names: of a picture, then of what belongs to it. What begins with the picture's stem gets
            the number there: `IMG (2).jpg`, `IMG (2).jpg.xmp`.
        taken: paths that are promised to others, folded.
    """
    stem = _split(names[0])[0]

    def numbered(number: int) -> list[bytes]:
        return [
            paths.reachable(
                os.path.join(folder, number_name(name, number, stem_length=_shared(name, stem)))
            )
            for name in names
        ]

    def is_taken(number: int) -> bool:
        return any(folded(path) in taken or os.path.lexists(path) for path in numbered(number))

    return numbered(first_free(is_taken))


def folded(path: bytes) -> bytes:
    """A path as file systems know it that tell neither cases nor Unicode forms apart.

    Which of them do cannot be asked before something has the name.
    """
    text = unicodedata.normalize("NFD", os.fsdecode(path)).casefold()
    return os.fsencode(unicodedata.normalize("NFC", text))


def number_name(
    name: bytes, number: int, limit: int = NAME_MAX, stem_length: int | None = None
) -> bytes:
    """A name with a number, cut to the limit; number 1 is the name itself.

    Args:
        name: of a file.
        number: from 1.
        limit: longest answer, in bytes.
        stem_length: how many bytes of the name stand before the number; chosen if not given.
    """
    stem, suffix = _split(name)
    if stem_length is not None:
        stem, suffix = name[:stem_length], name[stem_length:]
    ending = (b" (%d)" % number if number > 1 else b"") + suffix
    return _cut(stem, limit - len(ending)) + ending


def first_free(is_taken: Callable[[int], bool]) -> int:
    """A number that is not taken, from 1, found in few questions.

    With gaps between the taken ones it need not be the smallest. Ten thousand covers of albums that
    go into one folder would otherwise ask fifty million times.
    """
    if not is_taken(1):
        return 1
    taken, free = 1, 2
    while is_taken(free):
        taken, free = free, free * 2
    while free - taken > 1:
        middle = (taken + free) // 2
        taken, free = (middle, free) if is_taken(middle) else (taken, middle)
    return free


def temporary_name(target: bytes) -> bytes:
    """A name beside the target that says whose it is: `.difd-1f3a….part`."""
    name = b".difd-" + secrets.token_hex(8).encode() + b".part"
    return os.path.join(os.path.dirname(target), name)


def kept_tree(path: bytes, roots: Sequence[bytes], destination: bytes) -> bytes:
    """The folder below the destination that a file goes to when folders are kept.

    With one root, the folders below it are kept. With several, each has a folder of its own: its
    name, with as many folders before it as tell all roots apart. So no two folders become one.

    Args:
        path: the file, absolute.
        roots: folders that were searched, and images that were named; the deepest folder that holds
            the file counts. A file that was named itself goes to the destination. Where only images
            were named, their folders count.
        destination: absolute.

    Raises:
        ActionRefused: no root holds the file.
    """
    given = set(map(as_searched, roots))
    holders = [root for root in given if paths.lies_below(root, path)]
    if not holders:
        if path in given:
            return destination
        # An image that was given alone is compared with all of its folder.
        given = {os.path.dirname(root) for root in given if os.path.isfile(root)}
        holders = [root for root in given if paths.lies_below(root, path)]
    if not holders:
        raise ActionRefused("It lies in none of the searched folders.", path=path)
    root = max(holders, key=len)
    inside = os.path.dirname(paths.below(root, path))
    label = _label(root, given) if len(given) > 1 else b""
    return os.path.normpath(os.path.join(destination, label, inside))


def as_searched(root: bytes) -> bytes:
    """What was given to search, spelled as paths of the search's files begin."""
    return os.path.realpath(root) if b".." in paths.parts(root) else os.path.normpath(root)


def _label(root: bytes, roots: set[bytes]) -> bytes:
    parts = {one: paths.labels(one) for one in roots}
    # Labels of unequal lengths could lie inside each other: then all of the path is used.
    for depth in range(1, min(map(len, parts.values())) + 1):
        if len({tuple(split[-depth:]) for split in parts.values()}) == len(roots):
            return paths.SLASH.join(parts[root][-depth:])
    return paths.SLASH.join(parts[root])


def _split(name: bytes) -> tuple[bytes, bytes]:
    stem, suffix = os.path.splitext(name)
    return (stem, suffix) if len(suffix) <= _SUFFIX_MAX else (name, b"")


def _shared(name: bytes, stem: bytes) -> int | None:
    return len(stem) if name.lower().startswith(stem.lower()) else None


def _cut(stem: bytes, length: int) -> bytes:
    """The beginning of a stem; characters of UTF-8 stay whole."""
    cut = stem[: max(0, length)]
    try:
        stem.decode()
    except UnicodeDecodeError:
        return cut
    return cut.decode(errors="ignore").encode()
