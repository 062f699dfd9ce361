"""From given paths to the files a search reads: walked once, links not followed, in byte order.

Nothing is opened here but folders. What is not read is listed with the reason, unless it was
excluded on purpose.
"""

from __future__ import annotations

import os
import stat
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from typing import Final

import pathspec

from difd.engine.formats import EXTENSIONS
from difd.engine.names import Identity, Names
from difd.engine.record import Found, Unreadable
from difd.engine.roots import Root, Roots, holds, resolve_roots
from difd.engine.source import reason_of
from difd.engine.work import Cancelled
from difd.protocol.errors import InvalidOption
from difd.protocol.options import SearchOptions

UNSUPPORTED: Final = "Unsupported file type"
"""The reason for a file whose extension is no image's; difPy's words."""

_SPECIAL: Final = (
    (stat.S_ISFIFO, "is a named pipe, not a file"),
    (stat.S_ISSOCK, "is a socket, not a file"),
    (stat.S_ISCHR, "is a device, not a file"),
    (stat.S_ISBLK, "is a device, not a file"),
)

_ENTRIES_PER_LOOK: Final = 1024
"""Entries between two looks at cancellation."""


@dataclass(frozen=True, slots=True)
class Discovery:
    """What there is to search.

    Attributes:
        files: what to read, in the byte order of their paths.
        unreadable: what is not read, and why, in the same order.
        folders: the given folders, absolute, without a trailing slash, each folder once, in the
            given order; `Found.given` is an index into it. The folder of an image that is
            searched for alone counts as given.
        named: the images that were given by name, absolute, in the given order.
    """

    files: list[Found]
    unreadable: list[Unreadable]
    folders: tuple[bytes, ...]
    named: tuple[bytes, ...]


def discover(
    options: SearchOptions,
    cancelled: Callable[[], bool],
    on_found: Callable[[int], None],
    places: Collection[bytes] | None = None,
) -> Discovery:
    """Find the files that a search reads.

    Args:
        options: what to search; see `SearchOptions`.
        cancelled: asked now and then; when true, the walk ends.
        on_found: told after each folder how many files were found so far.
        places: absolute paths of files and folders; only what is at or below them is found, by the
            same rules. None: everything is. Links to files elsewhere are then not known.

    Raises:
        PathNotFound, PathUnreadable: a given path is missing, or cannot be searched.
        InvalidOption: an exclude pattern is not understood.
        Cancelled: `cancelled` said so.
    """
    roots = resolve_roots(options)
    walk = _Walk(options, roots, cancelled, on_found)
    if places is None:
        for root in roots.walks:
            walk.search(root)
    else:
        walk.look_at(places)
    for path in roots.images:
        walk.add_named(path)
    files, unreadable = walk.settle()
    on_found(len(files))
    return Discovery(files, unreadable, roots.given, roots.images)


class _Walk:
    """The state of one discovery: which folders were seen, and what was found."""

    def __init__(
        self,
        options: SearchOptions,
        roots: Roots,
        cancelled: Callable[[], bool],
        on_found: Callable[[int], None],
    ) -> None:
        self._options = options
        self._roots = roots
        self._cancelled = cancelled
        self._on_found = on_found
        self._exclude = _patterns(options.exclude)
        self._seen: dict[Identity, bytes] = {root.identity: root.path for root in roots.walks}
        self._folder_links: list[tuple[bytes, Identity]] = []
        self._names = Names()
        self._unreadable: list[Unreadable] = []
        self._entries = 0

    def search(self, root: Root) -> None:
        """Walk a root; its subfolders that are roots themselves are left to their own walk."""
        self._search(root, [root.path])

    def look_at(self, places: Iterable[bytes]) -> None:
        """Take what is at or below some places, if a walk of their root would come there."""
        wanted: defaultdict[tuple[Root, bytes], set[bytes]] = defaultdict(set)
        for place in places:
            holding = [root for root in self._roots.walks if holds(root.path, place)]
            root = max(holding, key=lambda root: len(root.path), default=None)
            if root is None:
                continue
            if place == root.path:
                self.search(root)
            else:
                folder, name = os.path.split(place)
                wanted[root, folder].add(name)
        for (root, folder), names in wanted.items():
            if self._is_reached(root, folder):
                self._search(root, self._entries_of(root, folder, names))

    def _entries_of(self, root: Root, folder: bytes, names: set[bytes]) -> list[bytes]:
        """Take some entries of a folder; those that are folders to walk."""
        try:
            with os.scandir(folder) as entries:
                named = (entry for entry in entries if entry.name in names)
                return [entry.path for entry in named if self._take(root, entry)]
        except OSError as error:
            self._refuse(folder, f"folder: {reason_of(error)}")
            return []

    def _is_reached(self, root: Root, folder: bytes) -> bool:
        """Whether a walk of the root comes to a folder below it."""
        inside = folder[len(root.path.rstrip(b"/")) + 1 :]
        if not inside:
            return True
        if not self._options.recursive:
            return False
        parts = inside.split(b"/")
        above = (os.path.join(root.path, *parts[: n + 1]) for n in range(len(parts)))
        return not any(
            os.path.islink(part) or self._is_excluded(root, part + b"/") for part in above
        )

    def _search(self, root: Root, pending: list[bytes]) -> None:
        while pending:
            folder = pending.pop()
            try:
                with os.scandir(folder) as entries:
                    pending.extend(entry.path for entry in entries if self._take(root, entry))
            except OSError as error:
                self._refuse(folder, f"folder: {reason_of(error)}")
            self._on_found(len(self._names))

    def add_named(self, path: bytes) -> None:
        """Take an image that was given by name; of a link, the file it leads to."""
        real = os.path.realpath(path) if os.path.islink(path) else path
        if not self._is_wanted(real):
            self._refuse(path, UNSUPPORTED)
            return
        try:
            status = os.lstat(real)
        except OSError as error:
            self._refuse(path, reason_of(error))
            return
        given, reference = self._roots.home_of(os.path.realpath(real))
        self._names.add(real, status, given=given, reference=reference, named=True)
        if real != path:
            self._names.add_link(path, (status.st_dev, status.st_ino))

    def settle(self) -> tuple[list[Found], list[Unreadable]]:
        """Files and unreadable entries, each in the byte order of their paths."""
        files, outside = self._names.settle()
        for path in outside:
            self._refuse(path, "symbolic link to a file outside the search")
        for path, identity in self._folder_links:
            if identity not in self._seen:
                self._refuse(path, "symbolic link to a folder outside the search")
        # A file that was given by name is met in its folder, too.
        return files, sorted(set(self._unreadable), key=lambda entry: entry.path)

    def _take(self, root: Root, entry: os.DirEntry[bytes]) -> bool:
        """Sort one entry of a folder; whether it is a subfolder to walk."""
        self._entries += 1
        if self._entries % _ENTRIES_PER_LOOK == 1 and self._cancelled():
            raise Cancelled
        try:
            if entry.is_dir(follow_symlinks=False):
                return self._take_folder(root, entry)
            if self._is_excluded(root, entry.path):
                return False
            if entry.is_symlink():
                self._take_link(entry)
            else:
                self._take_file(root, entry)
        except OSError as error:
            self._refuse(entry.path, reason_of(error))
        return False

    def _take_folder(self, root: Root, entry: os.DirEntry[bytes]) -> bool:
        """Whether to walk a subfolder; each folder is walked once, however often it is mounted."""
        if not self._options.recursive or self._is_excluded(root, entry.path + b"/"):
            return False
        status = entry.stat(follow_symlinks=False)
        identity = (status.st_dev, status.st_ino)
        known = self._seen.get(identity)
        if known is None:
            self._seen[identity] = entry.path
            return True
        # Roots were seen before the walk began: they are left to their own walk.
        if os.path.realpath(known) != os.path.realpath(entry.path):
            where = known.decode("utf-8", "replace")
            self._refuse(entry.path, f"the same folder is mounted at {where!r}")
        return False

    def _take_file(self, root: Root, entry: os.DirEntry[bytes]) -> None:
        if not entry.is_file(follow_symlinks=False):
            self._refuse(entry.path, _special_reason(entry.stat(follow_symlinks=False)))
            return
        if not self._is_wanted(entry.name):
            self._refuse(entry.path, UNSUPPORTED)
            return
        status = entry.stat(follow_symlinks=False)
        if status.st_size >= self._options.min_bytes:
            self._names.add(entry.path, status, given=root.given, reference=root.reference)

    def _take_link(self, entry: os.DirEntry[bytes]) -> None:
        """A symbolic link: another name of a file, if that file is in the search."""
        try:
            status = entry.stat()
        except OSError:
            self._refuse(entry.path, "broken symbolic link")
            return
        identity = (status.st_dev, status.st_ino)
        if stat.S_ISDIR(status.st_mode):
            self._folder_links.append((entry.path, identity))
        elif not stat.S_ISREG(status.st_mode):
            self._refuse(entry.path, _special_reason(status))
        elif not self._is_wanted(entry.name):
            self._refuse(entry.path, UNSUPPORTED)
        else:
            self._names.add_link(entry.path, identity)

    def _is_wanted(self, path: bytes) -> bool:
        if not self._options.limit_extensions:
            return True
        _, dot, extension = os.path.basename(path).rpartition(b".")
        return bool(dot) and extension.lower() in EXTENSIONS

    def _is_excluded(self, root: Root, path: bytes) -> bool:
        if self._exclude is None:
            return False
        inside = path[len(root.path.rstrip(b"/")) + 1 :]
        return self._exclude.match_file(os.fsdecode(root.prefix + inside))

    def _refuse(self, path: bytes, reason: str) -> None:
        self._unreadable.append(Unreadable(path, reason))


def _patterns(lines: tuple[str, ...]) -> pathspec.GitIgnoreSpec | None:
    if not lines:
        return None
    try:
        return pathspec.GitIgnoreSpec.from_lines(lines)
    except ValueError as error:
        raise InvalidOption(f"exclude has a pattern that is not understood: {error}.") from None


def _special_reason(status: os.stat_result) -> str:
    for is_kind, reason in _SPECIAL:
        if is_kind(status.st_mode):
            return reason
    return "is not a regular file"
