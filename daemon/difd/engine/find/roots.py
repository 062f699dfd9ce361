"""What was given to search, checked: folders, images by name, reference folders.

Folders are told apart by device and inode, whatever their spelling, so that none is walked twice.
"""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Collection

import msgspec

from difd.protocol.errors import InvalidOption, PathNotFound, PathUnreadable
from difd.protocol.options import SearchOptions
from difd.protocol.places import absolute
from difd.system import paths


class Root(msgspec.Struct, frozen=True):
    """A folder from which the walk starts.

    Attributes:
        path: as given, absolute, without a trailing slash.
        real: the same with symbolic links resolved.
        identity: device and inode.
        given: index of the deepest given folder that holds it (itself, mostly), -1 if none does.
        reference: it is a reference folder or lies in one.
        prefix: its path relative to that given folder, with a trailing slash, or empty.
    """

    path: bytes
    real: bytes
    identity: tuple[int, int]
    given: int
    reference: bool
    prefix: bytes


class Roots(msgspec.Struct, frozen=True):
    """Everything that was given.

    Attributes:
        walks: where to walk: given folders in order, then reference folders that are none.
        given: paths of the given folders.
        images: absolute paths of the images given by name, each once.
    """

    walks: tuple[Root, ...]
    given: tuple[bytes, ...]
    images: tuple[bytes, ...]

    def home_of(self, real: bytes) -> tuple[int, bool]:
        """Index of the deepest given folder that holds a path (or -1); whether a reference does.

        Args:
            real: a path without symbolic links.
        """
        holding = [root for root in self.walks if paths.holds(root.real, real)]
        if not holding:
            return -1, False
        deepest = max(holding, key=lambda root: len(root.real))
        return deepest.given, deepest.reference


def resolve_roots(options: SearchOptions) -> Roots:
    """Check what was given and sort it.

    Raises:
        PathNotFound: something does not exist.
        PathUnreadable: something is neither a folder nor a file; or a reference folder, or every
            given folder, cannot be listed.
    """
    folders: dict[tuple[int, int], bytes] = {}
    images: dict[bytes, None] = {}
    for path in map(absolute, options.paths):
        status = _status(path)
        if stat.S_ISDIR(status.st_mode):
            folders.setdefault((status.st_dev, status.st_ino), path)
        elif stat.S_ISREG(status.st_mode):
            images[path] = None
        else:
            raise PathUnreadable(
                f"{shown(path)} is neither a folder nor a file.",
                path=path,
                hint="Give folders and image files.",
            )
    if options.query and not folders and len(images) == 1:
        parent = os.path.dirname(next(iter(images)))
        status = _status(parent)
        folders[status.st_dev, status.st_ino] = parent
    references = _reference_folders(options)
    for path in references.values():
        _check_listable(path)
    _check_any_listable(tuple(folders.values()), images)
    return Roots(
        walks=_walks(folders, references), given=tuple(folders.values()), images=tuple(images)
    )


def _reference_folders(options: SearchOptions) -> dict[tuple[int, int], bytes]:
    references: dict[tuple[int, int], bytes] = {}
    for path in map(absolute, options.reference):
        status = _status(path)
        if not stat.S_ISDIR(status.st_mode):
            raise InvalidOption(
                f"The reference {shown(path)} is not a folder.",
                path=path,
                hint="Give the folder whose files must stay.",
            )
        references.setdefault((status.st_dev, status.st_ino), path)
    return references


def _walks(
    folders: dict[tuple[int, int], bytes], references: dict[tuple[int, int], bytes]
) -> tuple[Root, ...]:
    given = [os.path.realpath(path) for path in folders.values()]
    kept = [os.path.realpath(path) for path in references.values()]
    walks = []
    for identity, path in {**references, **folders}.items():
        real = os.path.realpath(path)
        home = max(
            (index for index, folder in enumerate(given) if paths.holds(folder, real)),
            key=lambda index: len(given[index]),
            default=-1,
        )
        inside = paths.below(given[home], real) if home >= 0 else b""
        walks.append(
            Root(
                path=path,
                real=real,
                identity=identity,
                given=home,
                reference=any(paths.holds(folder, real) for folder in kept),
                prefix=paths.slashed(inside) + b"/" if inside else b"",
            )
        )
    return tuple(walks)


def _status(path: bytes) -> os.stat_result:
    try:
        return os.stat(path)
    except OSError as error:
        if error.errno in {errno.ENOENT, errno.ENOTDIR}:
            raise PathNotFound(
                f"{shown(path)} does not exist.",
                path=path,
                hint="Check the spelling, and whether its drive is connected.",
            ) from None
        raise _unreadable(path, error) from None
    except ValueError:
        raise PathNotFound(
            f"{shown(path)} cannot be the name of a file.",
            path=path,
            hint="Names of files hold no zero bytes.",
        ) from None


def _check_any_listable(folders: tuple[bytes, ...], images: Collection[bytes]) -> None:
    """Of several, one that cannot be listed is reported by the walk; alone it is the answer."""
    refusal: PathUnreadable | None = None
    for path in folders:
        try:
            _check_listable(path)
        except PathUnreadable as error:
            refusal = refusal or error
        else:
            return
    if refusal is not None and (len(folders) == 1 or not images):
        raise refusal


def _check_listable(path: bytes) -> None:
    try:
        os.scandir(path).close()
    except OSError as error:
        raise _unreadable(path, error) from None


def _unreadable(path: bytes, error: OSError) -> PathUnreadable:
    return PathUnreadable(
        f"{shown(path)} cannot be read: {error.strerror or error}.",
        path=path,
        hint="Ask its owner for the permission to read it, or leave it out.",
    )


def shown(path: bytes) -> str:
    """A path in a sentence."""
    return repr(path.decode("utf-8", "replace"))
