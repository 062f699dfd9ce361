"""Other file systems: small ones that fill up, and those with abilities others lack."""

from __future__ import annotations

import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

SHARED_MEMORY = Path("/dev/shm")  # noqa: S108  another file system, wherever it is mounted


@contextmanager
def small_disk(path: Path, size: str) -> Iterator[Path]:
    """A file system of its own; root only."""
    path.mkdir(parents=True)
    with _mounted(path, "-t", "tmpfs", "-o", f"size={size},mode=0700", "none"):
        yield path


@contextmanager
def reflink_disk(path: Path) -> Iterator[Path]:
    """A file system whose files can share blocks; root only."""
    program = shutil.which("mkfs.btrfs") or shutil.which("mkfs.btrfs", path="/usr/sbin:/sbin")
    assert program, "this test needs the Debian package btrfs-progs"
    image = path.with_suffix(".img")
    with image.open("wb") as file:
        file.truncate(128 << 20)
    subprocess.run([program, "--quiet", image], check=True)
    path.mkdir(parents=True)
    with _mounted(path, "-o", "loop", image):
        yield path


@contextmanager
def caseless_disk(path: Path) -> Iterator[Path]:
    """A file system to which `A.JPG` and `a.jpg` are one name; root only."""
    program = shutil.which("mkntfs", path="/usr/sbin:/sbin")
    assert program, "this test needs the Debian package ntfs-3g"
    image = path.with_suffix(".img")
    with image.open("wb") as file:
        file.truncate(16 << 20)
    subprocess.run([program, "-qFf", image], check=True, capture_output=True)
    path.mkdir(parents=True)
    with _mounted(path, "-t", "lowntfs-3g", "-o", "loop,ignore_case", image):
        yield path


@contextmanager
def other_disk(beside: Path) -> Iterator[Path]:
    """A folder on another file system than `beside`."""
    if SHARED_MEMORY.is_dir() and SHARED_MEMORY.stat().st_dev != beside.stat().st_dev:
        folder = Path(tempfile.mkdtemp(prefix="difd-test-", dir=SHARED_MEMORY))
        try:
            yield folder
        finally:
            shutil.rmtree(folder)
    else:
        with small_disk(beside / "other-disk", "64m") as folder:
            yield folder


@contextmanager
def overlay(path: Path, below: Path) -> Iterator[Path]:
    """A folder that shows the files of another one as its own, on another file system; root only.

    Args:
        path: where; three folders are made in it.
        below: what it shows, and where it writes to.
    """
    top, work, empty = path / "top", path / "work", path / "empty"
    for folder in (top, work, empty):
        folder.mkdir(parents=True)
    layers = f"lowerdir={empty},upperdir={below},workdir={work}"
    with _mounted(top, "-t", "overlay", "-o", layers, "overlay"):
        yield top


@contextmanager
def borrowing_overlay(path: Path, below: Path) -> Iterator[Path]:
    """A folder that shows another one, and whose files may be no more than names; root only.

    Args:
        path: where; three folders are made in it.
        below: what it shows; it does not write there.
    """
    top, work, upper = path / "top", path / "work", path / "upper"
    for folder in (top, work, upper):
        folder.mkdir(parents=True)
    layers = f"lowerdir={below},upperdir={upper},workdir={work},metacopy=on,redirect_dir=on"
    with _mounted(top, "-t", "overlay", "-o", layers, "overlay"):
        yield top


class RemovableDisk:
    """A file system that keeps what is on it while it is not connected; root only.

    Args:
        path: where it is mounted; an empty folder is there while it is not.
    """

    def __init__(self, path: Path) -> None:
        program = shutil.which("mkfs.ext4", path="/usr/sbin:/sbin")
        assert program, "this test needs the Debian package e2fsprogs"
        self._path, self._image = path, path.with_suffix(".img")
        with self._image.open("wb") as file:
            file.truncate(8 << 20)
        subprocess.run([program, "-q", self._image], check=True)
        path.mkdir()

    def connect(self) -> None:
        """Mount it."""
        _mount(self._path, "-o", "loop", self._image)

    @contextmanager
    def after_power_cut(self, path: Path) -> Iterator[None]:
        """What would be on it if the machine lost power now, mounted beside it."""
        image = self._image.with_suffix(".cut")
        shutil.copyfile(self._image, image)
        path.mkdir()
        with _mounted(path, "-o", "loop", image):
            yield

    @contextmanager
    def seen_twice(self, path: Path) -> Iterator[None]:
        """Mounted a second time, as another disk to read from."""
        path.mkdir()
        made = subprocess.run(
            ["losetup", "--find", "--show", "--read-only", self._image],
            check=True,
            capture_output=True,
            text=True,
        )
        device = made.stdout.strip()
        try:
            with _mounted(path, "-o", "ro,noload", device):
                yield
        finally:
            subprocess.run(["losetup", "--detach", device], check=True)

    def disconnect(self) -> None:
        """Unmount it, though somebody may still look at it."""
        subprocess.run(["umount", "-l", self._path], check=True)


@contextmanager
def removable_disk(path: Path) -> Iterator[RemovableDisk]:
    """A disk that is connected, and taken away at the end."""
    disk = RemovableDisk(path)
    disk.connect()
    try:
        yield disk
    finally:
        disk.disconnect()


@contextmanager
def _mounted(path: Path, *arguments: str | Path) -> Iterator[None]:
    _mount(path, *arguments)
    try:
        yield
    finally:
        subprocess.run(["umount", "-l", path], check=True)


def _mount(path: Path, *arguments: str | Path) -> None:
    made = subprocess.run(["mount", *arguments, path], check=False, capture_output=True, text=True)
    if made.returncode:
        pytest.skip(f"needs to be root, and to be able to mount a file system: {made.stderr}")
