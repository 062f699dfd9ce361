"""Which files of watched folders are new: not those that were renamed, moved, touched or away.

What is known is compared with what is there. A file that is gone may have become another one under
a new name; one on a volume that is not connected is not gone, but will be back.
"""

from __future__ import annotations

import os
import stat
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence

from msgspec.structs import replace

from difd.digests import is_former
from difd.engine.record import Found
from difd.protocol.watching import KnownImage
from difd.system import paths


class Changes:
    """Sorts what a look found.

    Args:
        known: what is known, by path; it is changed to what is known after the look.
    """

    def __init__(self, known: dict[bytes, KnownImage]) -> None:
        self._known = known
        self._volumes: dict[bytes, int] = {}
        self._lost: defaultdict[bytes, list[KnownImage]] = defaultdict(list)
        self._former: dict[bytes, KnownImage] = {}
        """What files that are not new were before, by their paths now."""
        self._at: defaultdict[bytes, list[bytes]] | None = None
        self._names: dict[tuple[int, int], bytes] | None = None
        self.gone: set[bytes] = set()
        """Paths that are known no more."""

    def forget(self, paths: Iterable[bytes]) -> None:
        """Take out files that vanished some time ago; what comes later is no move of them."""
        for path in paths:
            self._drop(path)

    def lose(self, paths: Iterable[bytes]) -> None:
        """Take out files that are not found any more; they may come up under other names."""
        for path in paths:
            known = self._known[path]
            if not self._is_away(known):
                self._lost[known.digest].append(known)
                self._drop(path)

    def unsettled(self, found: Sequence[Found]) -> list[Found]:
        """The files that have to be read: all but those known with this very stat.

        Another name of a file that is known and there counts as known.
        """
        return [
            file
            for file in found
            if not _is_same(self._known.get(file.path), file) and not self._is_other_name(file)
        ]

    def has_former_digests(self) -> bool:
        """Whether digests of version 1.0 are known."""
        known = any(is_former(image.digest) for image in self._known.values())
        return known or any(map(is_former, self._lost))

    def renew_digests(self, formers: Mapping[bytes, bytes]) -> None:
        """Put digests of today in the place of those of version 1.0.

        Args:
            formers: digests of today by those of version 1.0.
        """
        for path, image in self._known.items():
            if image.digest in formers:
                self._known[path] = replace(image, digest=formers[image.digest])
        for former in formers.keys() & self._lost.keys():
            self._lost[formers[former]] += self._lost.pop(former)

    def displace(self, read: Iterable[tuple[Found, bytes]]) -> None:
        """Take note of contents that files had before; they may come up under other names.

        Args:
            read: files that were read, as they were found, with the digests of their bytes.
        """
        for file, digest in read:
            known = self._known.get(file.path)
            if known is not None and known.digest != digest:
                self._lost[known.digest].append(known)

    def is_new(self, file: Found, digest: bytes) -> bool:
        """Whether a file that was read is new: neither touched nor moved nor another name.

        Args:
            file: as it was found.
            digest: of its bytes.
        """
        former = self._former_of(file, digest)
        if former is not None:
            self._former[file.path] = former
        return former is None

    def _former_of(self, file: Found, digest: bytes) -> KnownImage | None:
        known = self._known.get(file.path)
        if known is not None and known.digest == digest:
            return known
        for name in file.links:
            other = self._known.get(name)
            if other is not None and other.digest == digest:
                self._drop(name)
                return other
        if self._lost[digest]:
            return self._lost[digest].pop()
        if self._at is None:
            self._at = defaultdict(list)
            for path, image in self._known.items():
                self._at[image.digest].append(path)
        for path in self._at[digest]:
            at = self._known.get(path)
            if at is None or at.digest != digest or os.path.lexists(path):
                continue
            if not self._is_away(at):
                # Its folder is not among those that were looked at now.
                self._drop(path)
                return at
        return None

    def owed(self, watch: bytes) -> list[bytes]:
        """The files of a watch that could not be read and are to be tried again."""
        return [
            path
            for path, image in self._known.items()
            if image.owed != "no" and image.watch == watch
        ]

    def was_there(self, file: Found) -> bool:
        """Whether a file was there from the beginning, and could only not be read so far."""
        known = self._known.get(file.path)
        return known is not None and known.owed == "old" and _has_stat(known, file)

    def owe(self, file: Found, watch: bytes, *, old: bool) -> KnownImage | None:
        """A file could not be read for a reason that may pass: it is tried again.

        Args:
            file: as it was found.
            watch: the watched folder whose options hold for it.
            old: it was there from the beginning.

        Returns:
            What is known of it from now on; None: the same as before, when it could be read.
        """
        known = self._known.get(file.path)
        if known is not None and known.digest:
            return None
        image = replace(self.learn(file, watch, b""), owed="old" if old else "new")
        self._known[file.path] = image
        return image

    def learn(self, file: Found, watch: bytes, digest: bytes) -> KnownImage:
        """Know a file from now on; one that is not new with the marks that it has (`Absence`).

        Args:
            file: as it was found.
            watch: the watched folder whose options hold for it.
            digest: of its bytes; empty if it cannot be read as an image.
        """
        former = self._former.pop(file.path, None)
        image = KnownImage(
            path=file.path,
            watch=watch,
            device=file.device,
            inode=file.inode,
            size=file.size,
            mtime_ns=file.mtime_ns,
            ctime_ns=file.ctime_ns,
            volume=self._volume(os.path.dirname(file.path)),
            digest=digest,
            compared=0 if former is None else former.compared,
            missed=0 if former is None else former.missed,
        )
        self._known[file.path] = image
        self.gone.discard(file.path)
        return image

    def _drop(self, path: bytes) -> None:
        if self._known.pop(path, None) is not None:
            self.gone.add(path)

    def _is_other_name(self, file: Found) -> bool:
        """Whether it is a second name of a file that is known and still there."""
        if file.path in self._known or file.links:
            return False
        if self._names is None:
            self._names = {(one.device, one.inode): one.path for one in self._known.values()}
        path = self._names.get((file.device, file.inode))
        if path is None or path == file.path:
            return False
        try:
            status = os.lstat(path)
        except OSError:
            return False
        return (status.st_dev, status.st_ino) == (file.device, file.inode)

    def _is_away(self, image: KnownImage) -> bool:
        """Whether a file that is not found is on a volume or in a folder that is out of reach."""
        folder = os.path.dirname(image.path)
        while True:
            try:
                status = os.lstat(folder)
            except (FileNotFoundError, NotADirectoryError):
                folder = os.path.dirname(folder)
            except OSError:
                return True
            else:
                break
        reached = stat.S_ISDIR(status.st_mode) and os.access(folder, os.R_OK | os.X_OK)
        return not reached or status.st_dev != image.volume

    def _volume(self, folder: bytes) -> int:
        if folder not in self._volumes:
            try:
                self._volumes[folder] = os.stat(folder).st_dev
            except OSError:
                return 0
        return self._volumes[folder]


def at_or_below(known: Mapping[bytes, KnownImage], places: Iterable[bytes]) -> list[bytes]:
    """The known paths that are one of some places or lie in one."""
    wanted = set(places)
    direct = wanted & known.keys()
    folders = wanted - direct
    if not folders:
        return list(direct)
    return [path for path in known if path in direct or _is_in(path, folders)]


def _is_in(path: bytes, folders: set[bytes]) -> bool:
    folder = path
    while (above := paths.folder_of(folder)) != folder:
        if above in folders:
            return True
        folder = above
    return False


def _is_same(known: KnownImage | None, file: Found) -> bool:
    return known is not None and known.owed == "no" and _has_stat(known, file)


def _has_stat(known: KnownImage, file: Found) -> bool:
    return (known.device, known.inode, known.size, known.mtime_ns, known.ctime_ns) == (
        file.device,
        file.inode,
        file.size,
        file.mtime_ns,
        file.ctime_ns,
    )
