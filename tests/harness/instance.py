"""A difd of a test's own: real processes in directories that are nobody else's."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

from difd.pools.worker import NAME
from difd.protocol.endpoint import Endpoint, user_endpoint
from difd.system.endpoint import is_listening
from harness import prepared


@dataclass(frozen=True)
class Instance:
    """A difd with directories of its own; never the user's.

    Attributes:
        prefix: what commands are run by.
    """

    root: Path
    environment: dict[str, str]
    prefix: tuple[str, ...] = ()

    @property
    def endpoint(self) -> Endpoint:
        """Where its daemon is; the test's own environment says so, too."""
        endpoint = user_endpoint()
        assert endpoint.runtime.is_relative_to(self.root), "the test left its own directories"
        return endpoint

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
        return prepared.start("difctl", arguments, self.environment, prefix=self.prefix)

    def start_daemon(self, *arguments: str) -> subprocess.Popen[bytes]:
        """Start the daemon in the foreground and wait until it answers."""
        process = subprocess.Popen(
            [sys.executable, "-m", "difd", *arguments],
            env=self.environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        self.wait_for_daemon()
        return process

    def wait_for_daemon(self) -> None:
        """Wait until a daemon of this instance can be asked."""
        # The file is there a moment before anybody listens at it.
        wait_until(lambda: is_listening(self.endpoint.socket))

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

    def workers(self) -> list[int]:
        """The processes that read files for it."""
        return [pid for pid in self.processes() if name_of(pid) == NAME]

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


def wake_ups(pid: int) -> int:
    """How often any thread of a process was woken so far."""
    total = 0
    for task in Path(f"/proc/{pid}/task").iterdir():
        text = (task / "status").read_text()
        total += int(text.split("\nvoluntary_ctxt_switches:")[1].split()[0])
    return total


def as_plain_user() -> list[str]:
    """What to put before a command so that permissions count, also for root."""
    capabilities = "-dac_override,-dac_read_search"
    return ["setpriv", "--bounding-set", capabilities] if os.getuid() == 0 else []


def wait_until(condition, seconds: float = 15, *, step_max: float = 0.05) -> None:
    """Wait for a condition that another process brings about.

    Args:
        condition: asked again and again.
        seconds: after so many the test fails.
        step_max: the longest time between two questions; longer where asking is much work.
    """
    deadline = time.monotonic() + seconds
    step = 0.005
    while not condition():
        assert time.monotonic() < deadline, f"did not come true within {seconds} s"
        time.sleep(step)
        # Asking is work, too, which what is waited for could do meanwhile.
        step = min(step * 1.5, step_max)


def name_of(pid: int) -> str:
    """The name that a process has, which need not be that of its program; empty if it is gone."""
    try:
        return Path(f"/proc/{pid}/comm").read_text().strip()
    except OSError:
        return ""
