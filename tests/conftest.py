"""What all tests share: a difd of their own, and the corpus of odd images where it is present."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from difclient.client import Client
from difd.protocol.endpoint import Endpoint


@pytest.fixture
def corpus() -> Path:
    """The folder with `variants` and `hostile`, named by DIFD_CORPUS; tests say if it is absent."""
    place = os.environ.get("DIFD_CORPUS")
    if not place:
        pytest.skip("needs the image corpus: set DIFD_CORPUS to its folder")
    path = Path(place)
    assert (path / "variants").is_dir(), f"DIFD_CORPUS={place} has no folder 'variants'"
    assert (path / "hostile").is_dir(), f"DIFD_CORPUS={place} has no folder 'hostile'"
    return path


@dataclass(frozen=True)
class Instance:
    """A difd with directories of its own; never the user's."""

    root: Path
    environment: dict[str, str]

    @property
    def endpoint(self) -> Endpoint:
        return Endpoint(runtime=self.root / "run" / "difd", state=self.root / "state" / "difd")

    def difctl(
        self, *arguments: str | bytes | Path, timeout: float = 60
    ) -> subprocess.CompletedProcess[str]:
        """Run difctl to its end."""
        with self.start(*arguments) as process:
            try:
                output, errors = process.communicate(timeout=timeout)
            except subprocess.TimeoutExpired:
                process.kill()
                raise
        return subprocess.CompletedProcess(process.args, process.returncode, output, errors)

    def start(self, *arguments: str | bytes | Path) -> subprocess.Popen[str]:
        """Start difctl and return it running."""
        return subprocess.Popen(
            [sys.executable, "-m", "difclient.cli.main", *arguments],
            env=self.environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            errors="surrogateescape",
        )

    def start_daemon(self, *arguments: str) -> subprocess.Popen[bytes]:
        """Start the daemon in the foreground and wait until it answers."""
        process = subprocess.Popen(
            [sys.executable, "-m", "difd", *arguments],
            env=self.environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        wait_until(self.endpoint.socket.exists)
        return process

    def client(self, *, start: bool = False) -> Client:
        """A client of this instance's daemon, in this process."""
        return Client(self.endpoint, start=start)

    def processes(self) -> dict[int, str]:
        """Every living process of this instance, with its command line."""
        mark = os.fsencode(f"XDG_RUNTIME_DIR={self.root}/run")
        found = {}
        for entry in Path("/proc").iterdir():
            if not entry.name.isdigit():
                continue
            try:
                if mark in (entry / "environ").read_bytes().split(b"\0"):
                    command = (entry / "cmdline").read_bytes().replace(b"\0", b" ")
                    found[int(entry.name)] = os.fsdecode(command)
            except OSError:
                continue
        return found

    def daemons(self) -> list[int]:
        """The processes that are a daemon."""
        return [pid for pid, command in self.processes().items() if " -m difd " in command + " "]

    def end(self) -> None:
        """End whatever is left, by process id."""
        for pid in self.processes():
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                continue
        wait_until(lambda: not self.processes())


def wait_until(condition, seconds: float = 15) -> None:
    """Wait for a condition that another process brings about."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, f"did not come true within {seconds} s"
        time.sleep(0.01)


@pytest.fixture
def instance() -> Iterator[Instance]:
    """A difd of the test's own, ended afterwards."""
    # Not tmp_path: the path of a socket has to be short.
    root = Path(tempfile.mkdtemp(prefix="difd-"))
    environment = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("XDG_", "DIFD_", "COV_"))
    }
    environment["HOME"] = str(root / "home")
    for name, folder in {
        "XDG_RUNTIME_DIR": "run",
        "XDG_STATE_HOME": "state",
        "XDG_CACHE_HOME": "cache",
        "XDG_CONFIG_HOME": "config",
        "XDG_DATA_HOME": "data",
    }.items():
        (root / folder).mkdir(mode=0o700)
        environment[name] = str(root / folder)
    made = Instance(root, environment)
    yield made
    made.end()
    shutil.rmtree(root)
