"""The table of mounts of Linux, as it is now; macOS has none.

Nothing is remembered by a device's number: the next disk gets the same one. The kernel says when
the table changes, so that ten thousand questions read it once.
"""

from __future__ import annotations

import errno
import os
import select
import sys
import threading
from collections.abc import Collection, Iterable, Iterator
from contextlib import suppress
from typing import Final, NamedTuple

from difd.system.disks import BORROWING
from difd.system.posix.snapshots import is_in_snapshot

_MOUNTS = "/proc/self/mountinfo"
_METACOPY: Final = "/sys/module/overlay/parameters/metacopy"
"""Whether overlays borrow that are not told to; then the table of mounts does not say so."""

_IN_MEMORY: Final = frozenset({"tmpfs", "ramfs", "devtmpfs"})
_RAM_DISKS: Final = (b"/dev/ram", b"/dev/zram")
_LOOPS: Final = b"/dev/loop"
_IMAGES: Final = b"/sys/block/%s/loop/backing_file"
_UPPER: Final = b"upperdir="

_BACKUP: Final = "fuse.backup"
_BACKUPS: Final = frozenset({b"borgfs", b"restic", b"kopia", b"bup"})
"""What programs call backups that they show as a folder; each keeps so many and removes others."""

_DESCRIPTORS: Final = "/proc/self/fdinfo"
_INFO_MAX: Final = 4096
"""Bytes; what is looked for is in the first hundred."""


def kind_of(descriptor: int) -> str:
    """The type of the file system that an open file or folder lies on; empty if nobody tells."""
    return _table.kinds().get(_mount_of(descriptor), "")


def kind_of_device(device: int) -> str | None:
    """The type of the file system with this device number; None if no mount has it.

    Parts of btrfs and files of overlays have numbers that the table does not list.
    """
    kinds = _table.kinds()
    if not kinds:
        return ""
    return kinds.get(b"%d:%d" % (os.major(device), os.minor(device)))


def memory_behind(device: int, path: bytes) -> str:
    """Which memory holds a file, so that it is gone when the power is; empty if none does.

    Beside file systems in memory these are RAM disks, images in memory that are mounted, and
    overlays that write into memory, as systems have that were started from a stick.

    Args:
        device: the device number of the file.
        path: of the file, for devices that the table does not list.
    """
    behind = _table.memory()
    number = b"%d:%d" % (os.major(device), os.minor(device))
    if not behind or number in _table.kinds():
        return behind.get(number, "")
    return behind.get(_mount_at(path), "")


def snapshot_behind(device: int, path: bytes) -> str:
    """Which snapshot or mounted backup holds a file, told by its system; empty if none does.

    Args:
        device: the device number of the file.
        path: of the file, without links on the way.
    """
    kinds = _table.kinds()
    number = b"%d:%d" % (os.major(device), os.minor(device))
    mount = number if number in kinds else _mount_at(path)
    kind = kinds.get(mount, "")
    is_one = kind == _BACKUP or (kind == "btrfs" and is_in_snapshot(os.path.dirname(path)))
    return number.decode() if is_one else ""


def open_table() -> int:
    """The table as an open file, always readable: that it changed is told as an exceptional state.

    Raises:
        OSError: this system has none, or it cannot be read.
    """
    if sys.platform != "linux":
        raise FileNotFoundError(errno.ENOENT, "this system has no such table", _MOUNTS)
    return os.open(_MOUNTS, os.O_RDONLY)


def mounts_around(folder: bytes) -> tuple[bytes, ...]:
    """What is mounted on a folder, above and below it: other words after every change of that.

    Args:
        folder: absolute, without links on the way.
    """
    inside = folder.rstrip(b"/") + b"/"
    try:
        with open(open_table(), "rb") as table:
            mounts = list(_parsed(table))
    except OSError:
        return ()
    found = []
    for mount in mounts:
        place = mount.place.rstrip(b"/") + b"/"
        if place.startswith(inside) or inside.startswith(place):
            found.append(b" ".join((mount.number, mount.device, mount.place)))
    return tuple(sorted(found))


class News:
    """Tells when the table changes; asyncio knows no exceptional state, but waits for an epoll.

    Raises:
        OSError: this system has no table, or it cannot be read.
    """

    def __init__(self) -> None:
        self._table = open_table()
        self._poll = select.epoll(1)
        self._poll.register(self._table, select.EPOLLPRI)

    def fileno(self) -> int:
        """A descriptor that is readable when the table has changed."""
        return self._poll.fileno()

    def read(self) -> None:
        """Take the news, so that there are none."""
        self._poll.poll(0)

    def close(self) -> None:
        """Listen no more."""
        self._poll.close()
        os.close(self._table)


def _mount_at(path: bytes) -> bytes:
    """The number of the mount that a file lies on; empty if nobody tells."""
    if sys.platform != "linux":
        return b""
    try:
        descriptor = os.open(path, os.O_PATH | os.O_NOFOLLOW | os.O_CLOEXEC)
    except OSError:
        return b""
    try:
        return _mount_of(descriptor)
    finally:
        os.close(descriptor)


def _mount_of(descriptor: int) -> bytes:
    """The number of the mount that an open file lies on; empty if nobody tells."""
    if sys.platform != "linux":
        return b""
    try:
        info = os.open(f"{_DESCRIPTORS}/{descriptor}", os.O_RDONLY)
    except OSError:
        return b""
    try:
        _, _, after = os.read(info, _INFO_MAX).partition(b"\nmnt_id:")
    finally:
        os.close(info)
    mount = after.split(maxsplit=1)
    return mount[0] if mount else b""


class _Mount(NamedTuple):
    """A line of the table.

    Attributes:
        number: such as `b"27"`.
        device: such as `b"254:0"`.
        place: where it is mounted.
        kind: the type of the file system.
        source: what is mounted, such as `b"/dev/sda1"`.
        options: those of the file system.
    """

    number: bytes
    device: bytes
    place: bytes
    kind: str
    source: bytes
    options: Collection[bytes]


def _parsed(table: Iterable[bytes]) -> Iterator[_Mount]:
    """The mounts that the lines of the table tell of."""
    for line in table:
        fields = line.split()
        if b"-" in fields:
            # How many fields stand before the dash differs from line to line.
            kind, *rest = fields[fields.index(b"-") + 1 :]
            options = rest[-1].split(b",") if rest else ()
            name, place = kind.decode(errors="replace"), _unescaped(fields[4])
            source = _unescaped(rest[0]) if rest else b""
            yield _Mount(fields[0], fields[2], place, name, source, options)


def _unescaped(field: bytes) -> bytes:
    """A path of the table, where blanks and backslashes are written in octal."""
    for code in (b"040", b"011", b"012", b"134"):
        field = field.replace(b"\\" + code, bytes([int(code, 8)]))
    return field


class _Table:
    """The types of all mounts, by the mount's id and by its device, read anew after a change."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._descriptor = -1
        self._opened: tuple[int, str] | None = None
        self._kinds: dict[bytes, str] = {}
        self._memory: dict[bytes, str] = {}
        self._poll = select.poll() if hasattr(select, "poll") else None

    def kinds(self) -> dict[bytes, str]:
        """Types by `b"27"` and by `b"254:0"`."""
        with self._lock:
            # A forked process shares the descriptor, and the news about changes would go to one.
            if self._opened != (os.getpid(), _MOUNTS) or self._has_changed():
                self._read()
            return self._kinds

    def memory(self) -> dict[bytes, str]:
        """The device number of the memory behind a mount, by `b"27"` and by `b"254:0"`."""
        self.kinds()
        return self._memory

    def _has_changed(self) -> bool:
        return self._poll is None or bool(self._poll.poll(0))

    def _read(self) -> None:
        if self._descriptor >= 0:
            if self._poll is not None:
                self._poll.unregister(self._descriptor)
            os.close(self._descriptor)
        self._descriptor, self._opened, self._kinds, self._memory = -1, None, {}, {}
        try:
            self._descriptor = open_table()
        except OSError:
            return
        with open(self._descriptor, "rb", closefd=False) as table:
            mounts = list(_parsed(table))
        for mount in mounts:
            kind = _kind(mount)
            self._kinds[mount.number] = self._kinds[mount.device] = kind
            if kind in _IN_MEMORY or mount.source.startswith(_RAM_DISKS):
                name = mount.device.decode(errors="replace")
                self._memory[mount.number] = self._memory[mount.device] = name
        for mount in mounts:
            behind = self._memory.get(_below(mount, mounts), "")
            if behind and mount.device not in self._memory:
                self._memory[mount.number] = self._memory[mount.device] = behind
        if self._poll is not None:
            self._poll.register(self._descriptor, select.POLLPRI | select.POLLERR)
        self._opened = (os.getpid(), _MOUNTS)


def _kind(mount: _Mount) -> str:
    """The type of a mount's file system, in our words where it stands for more."""
    if mount.kind == "overlay" and _borrows(mount.options):
        return BORROWING
    if mount.kind.startswith("fuse") and mount.source in _BACKUPS:
        return _BACKUP
    return mount.kind


def _below(mount: _Mount, mounts: Iterable[_Mount]) -> bytes:
    """The device that holds what is written to an overlay, or the image of a disk; or empty.

    The table alone is asked: a path may lead to a network that does not answer.
    """
    path = b""
    if mount.kind == "overlay":
        written = (one for one in mount.options if one.startswith(_UPPER))
        path = _unescaped(next(written, b"").removeprefix(_UPPER))
    elif mount.source.startswith(_LOOPS):
        with suppress(OSError), open(_IMAGES % os.path.basename(mount.source), "rb") as image:
            path = image.read().rstrip(b"\n")
    device, longest = b"", 0
    for other in mounts:
        place = other.place.rstrip(b"/") + b"/"
        if other is not mount and path.startswith(place) and len(place) >= longest:
            # Of two that are mounted at one place, the later one is seen.
            device, longest = other.device, len(place)
    return device


def _borrows(options: Collection[bytes]) -> bool:
    """Whether an overlay with these options has files that hold nothing themselves."""
    if b"metacopy=on" in options or b"metacopy=off" in options:
        return b"metacopy=on" in options
    try:
        with open(_METACOPY, "rb") as default:
            return default.read(1) in {b"Y", b"1"}
    except OSError:
        return False


_table: Final = _Table()
