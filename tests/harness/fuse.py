"""One folder that is seen at two paths, by way of programs that file systems are made of."""

from __future__ import annotations

import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

_SERVER = Path("/usr/lib/openssh/sftp-server")


@contextmanager
def sshfs(path: Path, server: Path, *options: str) -> Iterator[Path]:
    """A folder of a server, over a pipe to a server of this machine."""
    if not _SERVER.exists():
        pytest.fail("needs the Debian package openssh-sftp-server")
    ours, theirs = socket.socketpair()
    with (
        ours,
        theirs,
        subprocess.Popen([_SERVER], stdin=ours, stdout=ours, stderr=subprocess.DEVNULL) as served,
    ):
        with _mounted(
            path,
            "sshfs",
            f":{server}",
            path,
            "-f",
            "-o",
            ",".join(["passive", *options]),
            at=theirs,
        ):
            yield path
        served.kill()


@contextmanager
def fuse_overlay(path: Path, below: Path) -> Iterator[Path]:
    """A folder that shows what is in another one, and keeps its own changes for itself."""
    upper, work = path.with_name("upper"), path.with_name("work")
    for folder in (upper, work):
        folder.mkdir()
    layers = f"lowerdir={below},upperdir={upper},workdir={work}"
    with _mounted(path, "fuse-overlayfs", "-f", "-o", layers, path):
        yield path


@contextmanager
def bindfs(path: Path, below: Path) -> Iterator[Path]:
    """The same folder once more."""
    with _mounted(path, "bindfs", "-f", below, path):
        yield path


@contextmanager
def _mounted(
    path: Path, program: str, *arguments: str | Path, at: socket.socket | None = None
) -> Iterator[None]:
    if shutil.which(program) is None:
        pytest.fail(f"needs the Debian package {program}")
    path.mkdir(parents=True)
    device = path.stat().st_dev
    with subprocess.Popen(
        [program, *arguments], stdin=at, stdout=at, stderr=subprocess.DEVNULL
    ) as process:
        try:
            until = time.monotonic() + 10
            while path.stat().st_dev == device:
                if process.poll() is not None or time.monotonic() > until:
                    pytest.fail(f"{program} cannot mount here")
                time.sleep(0.01)
            yield
        finally:
            subprocess.run(["umount", "-l", path], check=False, capture_output=True)
            process.kill()
