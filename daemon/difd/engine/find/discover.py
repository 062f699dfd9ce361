"""From given paths to the files a search reads: walked once, links not followed, in byte order.

Nothing is opened here but folders. What is not read is listed with the reason, unless it was
excluded on purpose.
"""

from __future__ import annotations

import os
import stat
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator
from typing import Final

import msgspec

from difd.apple_double import is_apple_double
from difd.engine.find import notices
from difd.engine.find.exclusion import Exclusion
from difd.engine.find.left_out import LeftOut
from difd.engine.find.names import Identity, Names
from difd.engine.find.roots import Root, Roots, resolve_roots
from difd.engine.formats import extension_of, reason_of
from difd.engine.record import Found, Unreadable
from difd.engine.work import Cancelled
from difd.extensions import READ_EXTENSIONS, UNREAD_EXTENSIONS
from difd.protocol.options import SearchOptions
from difd.protocol.passing import (
    BIN,
    is_passing_name,
    named_places,
    passing_places,
    place_of_device,
)
from difd.protocol.results import UNSUPPORTED
from difd.system import files, paths

_SPECIAL: Final = (
    (stat.S_ISDIR, "leads to another folder (a junction), and is not followed"),
    (stat.S_ISFIFO, "is a named pipe, not a file"),
    (stat.S_ISSOCK, "is a socket, not a file"),
    (stat.S_ISCHR, "is a device, not a file"),
    (stat.S_ISBLK, "is a device, not a file"),
)

_ELSEWHERE: Final = "its content is not on this computer; give it by name to have it downloaded"
"""Placeholders of OneDrive and its like, which a search would download by reading them."""

_ENTRIES_PER_LOOK: Final = 1024
"""Entries between two looks at cancellation."""


class Discovery(msgspec.Struct, frozen=True):
    """What there is to search.

    Attributes:
        files: what to read, in the byte order of their paths.
        unreadable: what is not read, and why, in the same order.
        undecoded: pictures among these that only their extension tells, in the same order.
        folders: the given folders, absolute, without a trailing slash, each folder once, in the
            given order; `Found.given` is an index into it. The folder of an image that is
            searched for alone counts as given.
        named: the images that were given by name, absolute, in the given order.
        left_out: how many pictures in places where files do not stay were not searched.
        notices: what was asked for and had no effect, a sentence each.
    """

    files: list[Found]
    unreadable: list[Unreadable]
    folders: tuple[bytes, ...]
    named: tuple[bytes, ...]
    undecoded: tuple[Found, ...] = ()
    left_out: int = 0
    notices: tuple[str, ...] = ()


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
    return Discovery(
        files,
        unreadable,
        roots.given,
        roots.images,
        undecoded=walk.undecoded(),
        left_out=walk.left_out.files,
        notices=tuple(walk.notices()) if places is None else (),
    )


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
        self._exclude = Exclusion(options.exclude, roots.walks)
        self.left_out = LeftOut(self._is_wanted, {root.path for root in roots.walks})
        self._filled: set[Identity] = set()
        """The roots in which something was found."""
        self._seen: dict[Identity, bytes] = {root.identity: root.path for root in roots.walks}
        self._folder_links: list[tuple[bytes, Identity]] = []
        self._devices: dict[int, str] = {}
        """What kind of passing place each file system is; empty if none."""
        self._names = Names()
        self._undecoded = Names()
        self._unreadable: list[Unreadable] = []
        self._entries = 0

    def search(self, root: Root) -> None:
        """Walk a root; its subfolders that are roots themselves are left to their own walk."""
        if not self._exclude.holds_root(root):
            self._search(root, [root.path])

    def look_at(self, places: Iterable[bytes]) -> None:
        """Take what is at or below some places, if a walk of their root would come there."""
        wanted: defaultdict[tuple[Root, bytes], set[bytes]] = defaultdict(set)
        for place in places:
            holding = [root for root in self._roots.walks if paths.holds(root.path, place)]
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
            passing = _passing(root, folder)
            with os.scandir(folder) as entries:
                named = (entry for entry in entries if entry.name in names)
                return [
                    paths.reachable(entry.path)
                    for entry in named
                    if self._take(root, entry, passing)
                ]
        except OSError as error:
            self._refuse(folder, f"folder: {reason_of(error)}")
            return []

    def _is_reached(self, root: Root, folder: bytes) -> bool:
        """Whether a walk of the root comes to a folder below it."""
        inside = paths.below(root.path, folder)
        if self._exclude.holds_root(root):
            return False
        if not inside:
            return True
        if not self._options.recursive:
            return False
        parts = paths.parts(inside)
        above = (os.path.join(root.path, *parts[: n + 1]) for n in range(len(parts)))
        return not any(
            os.path.islink(part)
            or self._exclude.holds(root, part + b"/")
            or self._is_left_out(root, part)
            for part in above
        )

    def _search(self, root: Root, pending: list[bytes]) -> None:
        while pending:
            folder = pending.pop()
            passing = _passing(root, folder)
            try:
                with os.scandir(folder) as entries:
                    pending.extend(
                        paths.reachable(entry.path)
                        for entry in entries
                        if self._take(root, entry, passing)
                    )
            except OSError as error:
                self._refuse(folder, f"folder: {reason_of(error)}")
            self._on_found(len(self._names))

    def add_named(self, path: bytes) -> None:
        """Take an image that was given by name, whatever its name; of a link, where it leads."""
        real = os.path.realpath(path) if os.path.islink(path) else path
        try:
            status = files.status(real, None)
        except OSError as error:
            self._refuse(path, reason_of(error))
            return
        resolved = os.path.realpath(real)
        given, reference = self._roots.home_of(resolved)
        places = passing_places(resolved, status.st_dev)
        passing = places[0].kind if places else ""
        self._names.add(real, status, given=given, reference=reference, named=True, passing=passing)
        if real != path:
            self._names.add_link(path, (status.st_dev, status.st_ino))

    def _kind_unless_asked(self, root: Root, kind: str) -> str:
        """A kind of file system, or nothing where the root lies in such a one, too."""
        asked = self._kind_of_device(root.identity[0], os.path.join(root.real, b""))
        return "" if asked else kind

    def _kind_of_device(self, device: int, path: bytes) -> str:
        if device not in self._devices:
            place = place_of_device(device, path)
            self._devices[device] = place.kind if place else ""
        return self._devices[device]

    def undecoded(self) -> tuple[Found, ...]:
        """Pictures that nothing decodes, in the byte order of their paths."""
        return tuple(self._undecoded.settle()[0])

    def notices(self) -> Iterator[str]:
        """What was asked for and had no effect; after the walk."""
        yield from notices.idle_exclusions(self._exclude.idle)
        yield from notices.empty_roots(self._roots.walks, self._filled, self._unreadable)
        if not self.left_out.complete:
            yield from notices.not_all_counted()

    def settle(self) -> tuple[list[Found], list[Unreadable]]:
        """Files and unreadable entries, each in the byte order of their paths."""
        files, outside = self._names.settle()
        for path in outside:
            self._refuse(path, "symbolic link to a file outside the search")
        for path, identity in self._folder_links:
            if identity not in self._seen:
                self._refuse(path, "symbolic link to a folder outside the search")
        # A file that was given by name is met in its folder, too, where its extension counts.
        taken = set(self._roots.images)
        refused = {
            entry
            for entry in self._unreadable
            if entry.reason != UNSUPPORTED or entry.path not in taken
        }
        return files, sorted(refused, key=lambda entry: entry.path)

    def _take(self, root: Root, entry: os.DirEntry[bytes], passing: str) -> bool:
        """Sort one entry of a folder that may be a passing place; whether to walk a subfolder."""
        self._entries += 1
        if self._entries % _ENTRIES_PER_LOOK == 1 and self._cancelled():
            raise Cancelled
        try:
            if files.is_folder(entry):
                return self._take_folder(root, entry)
            if self._exclude.holds(root, entry.path):
                return False
            if entry.is_symlink():
                self._take_link(entry)
            else:
                self._take_file(root, entry, passing)
        except OSError as error:
            self._refuse(entry.path, reason_of(error))
        return False

    def _take_folder(self, root: Root, entry: os.DirEntry[bytes]) -> bool:
        """Whether to walk a subfolder; each folder is walked once, however often it is mounted."""
        if not self._options.recursive or self._exclude.holds(root, entry.path + b"/"):
            return False
        if self._is_left_out(root, entry.path):
            self.left_out.add(entry.path)
            return False
        status = files.listed_status(entry)
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

    def _take_file(self, root: Root, entry: os.DirEntry[bytes], passing: str) -> None:
        if not entry.is_file(follow_symlinks=False):
            self._refuse(entry.path, _special_reason(files.listed_status(entry)))
            return
        if is_apple_double(entry.path):
            self._refuse(entry.path, UNSUPPORTED)
            return
        wanted = self._is_wanted(entry.name)
        if not wanted:
            self._refuse(entry.path, UNSUPPORTED)
            if extension_of(entry.name) not in UNREAD_EXTENSIONS:
                return
        status = files.listed_status(entry)
        if status.st_size < self._options.min_bytes:
            return
        if files.is_elsewhere(status):
            self._refuse(entry.path, _ELSEWHERE)
            return
        # The root may be in memory or in a snapshot: then its files are what was asked for. A disk
        # may be mounted inside of what is in memory, so folders are walked there as everywhere.
        around = self._kind_of_device(status.st_dev, entry.path)
        if is_passing_name(entry.name):
            kind = BIN
        else:
            kind = around and self._kind_unless_asked(root, around)
        if kind and not self._options.bins:
            self.left_out.files += wanted
            return
        if wanted:
            self._filled.add(root.identity)
        (self._names if wanted else self._undecoded).add(
            paths.reachable(entry.path),
            status,
            given=root.given,
            reference=root.reference,
            passing=passing or kind or around,
        )

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
        return extension_of(path) in READ_EXTENSIONS

    def _is_left_out(self, root: Root, folder: bytes) -> bool:
        """Whether a folder below a root begins a place where files do not stay."""
        if self._options.bins:
            return False
        base = len(paths.inside(root.real))
        return any(place.start >= base for place in named_places(_real(root, folder)))

    def _refuse(self, path: bytes, reason: str) -> None:
        self._unreadable.append(Unreadable(path, reason))


def _real(root: Root, folder: bytes) -> bytes:
    """A folder that a walk came to, links resolved: there are none below the root."""
    return os.path.join(root.real, paths.below(root.path, folder)).rstrip(paths.SLASH)


def _passing(root: Root, folder: bytes) -> str:
    """What kind of passing place a folder is or lies in, by its path; empty if in none."""
    return next((place.kind for place in named_places(_real(root, folder))), "")


def _special_reason(status: os.stat_result) -> str:
    for is_kind, reason in _SPECIAL:
        if is_kind(status.st_mode):
            return reason
    return "is not a regular file"
