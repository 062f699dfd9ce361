"""Roots of other releases, from the archive of this machine's apt and that of DIFD_UBUNTU."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path
from typing import Final

_SCRIPT: Final = "/usr/share/debootstrap/scripts/sid"
"""The way for every release of today, those that are not known by name included."""

UBUNTU: Final = os.environ.get("DIFD_UBUNTU")
"""The address of an archive of Ubuntu, where there is one. Debian has no keys to check it with, so
it should be one with https."""

_OF_UBUNTU: Final = ("noble", "resolute")

_LEFT_OUT: Final = (
    *("/proc", "/run", "/sys", "/dev"),
    *("/tmp", "/var/cache", "/var/lib/apt", "/var/log"),  # noqa: S108  of the root
)
"""What package managers and the system write to by themselves."""


def mirror() -> str:
    """Where apt has Debian from."""
    told = subprocess.run(
        ["apt-get", "indextargets", "--format", "$(REPO_URI) $(COMPONENT)", "Created-By: Packages"],
        check=True,
        capture_output=True,
        text=True,
    ).stdout
    found = [line.split()[0] for line in told.splitlines() if line.split()[1:] == ["main"]]
    return next(one for one in found if one.rstrip("/").endswith("/debian"))


def _source(suite: str) -> tuple[list[str], str]:
    """Options of debootstrap for a suite, and the address that it comes from."""
    if suite not in _OF_UBUNTU:
        return [], mirror()
    assert UBUNTU, "DIFD_UBUNTU names no archive of Ubuntu"
    return ["--no-check-gpg", "--components=main,universe"], UBUNTU


def bootstrapped(suite: str, folder: Path) -> Path:
    """A root with the packages that every system has; DIFD_ROOTS keeps it for the next run.

    Args:
        suite: such as `trixie`.
        folder: where it goes, if it is not kept.
    """
    kept = os.environ.get("DIFD_ROOTS")
    base = Path(kept or folder) / suite
    if not (base / "var/lib/dpkg/status").is_file():
        tool = shutil.which("debootstrap", path="/usr/sbin:/usr/bin")
        assert tool, "debootstrap is not installed; CONTRIBUTING.md names the packages"
        options, address = _source(suite)
        command = [tool, "--variant=minbase", *options, suite, base, address, _SCRIPT]
        subprocess.run(command, check=True, capture_output=True, text=True)
    root = folder / f"{suite}-used"
    subprocess.run(["cp", "-a", base, root], check=True)
    # An archive may be one of some day in the past, if this machine takes such a one.
    setting = ["apt-config", "dump", "Acquire::Check-Valid-Until"]
    told = subprocess.run(setting, check=True, capture_output=True, text=True).stdout
    (root / "etc/apt/apt.conf.d/90as-here").write_text(told)
    return root


class Root:
    """A system to change at will. Every run has its own processes, which end with it.

    Args:
        path: of its root folder.
    """

    def __init__(self, path: Path) -> None:
        self.path = path

    def run(self, script: str, *, user: str = "root", network: bool = True) -> str:
        """Run a shell script to its end, and return what it printed.

        Args:
            script: for `sh`; it begins in the home folder, and ends at the first failure.
            user: who runs it.
            network: whether there is one.

        Raises:
            AssertionError: it failed.
        """
        (self.path / "tmp/script").write_text(f"set -e\ncd\n{script}\n")
        inside = (
            'mount -t proc proc "$0/proc" && mount -t tmpfs tmpfs "$0/run" && exec chroot "$0" '
            "env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin LANG=C.UTF-8 DEBIAN_FRONTEND=noninteractive "
            'su --shell /bin/sh "$1" --command "sh /tmp/script"'
        )
        apart = ("--mount", "--pid", *(() if network else ("--net",)))
        command = ("unshare", *apart, "--fork", "--kill-child", "sh", "-c", inside)
        done = subprocess.run(
            [*command, self.path, user],
            check=False,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        assert done.returncode == 0, done.stdout
        return done.stdout

    def install(self, *packages: str) -> str:
        """Have apt install packages, or files at absolute paths."""
        words = " ".join(packages)
        return self.run(f"apt-get install -qy --no-install-recommends {words}")

    def files(self) -> set[str]:
        """Everything in it but what package managers and the system write by themselves."""
        left_out = " ".join(f"-path {place} -prune -o" for place in _LEFT_OUT)
        found = self.run(f"find / -xdev {left_out} -print").splitlines()
        return {name for name in found if not name.startswith("/var/lib/dpkg/")}
