"""Two machines: each a difd of its own, and where asked for a network of its own."""

from __future__ import annotations

import json
import shutil
import socket
import subprocess
import tempfile
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Self

from harness.instance import Instance

NAS_ADDRESS = "10.77.0.1"
LAPTOP_ADDRESS = "10.77.0.2"


@contextmanager
def another_machine(like: Instance) -> Iterator[Instance]:
    """A difd with directories of its own, beside the test's."""
    root = Path(tempfile.mkdtemp(prefix="difd-"))
    environment = {
        name: value.replace(str(like.root), str(root)) for name, value in like.environment.items()
    }
    for folder in ("run", "state", "cache", "config", "data"):
        (root / folder).mkdir(mode=0o700)
    made = Instance(root, environment)
    try:
        yield made
    finally:
        made.end()
        shutil.rmtree(root)


def free_port() -> int:
    """A tcp port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def introduce(laptop: Instance, nas: Instance, address: str) -> str:
    """Let the laptop use the daemon of the nas, as a user would; returns the nas's public key."""
    key = laptop.difctl("keys", "show").stdout.strip()
    assert nas.difctl("keys", "allow", "laptop", key).returncode == 0
    listening = nas.difctl("daemon", "listen", "--address", address)
    assert listening.returncode == 0, listening.stderr
    nas_key = listening.stdout.split("'")[1]
    assert laptop.difctl("keys", "trust", "nas", address, nas_key).returncode == 0
    return nas_key


def document(done: subprocess.CompletedProcess[str]) -> dict:
    """The JSON that a command printed."""
    assert done.stdout, done.stderr
    return json.loads(done.stdout)


class Cable:
    """What joins two network namespaces, and can be cut; root only."""

    def __init__(self) -> None:
        mark = uuid.uuid4().hex[:6]
        self.nas, self.laptop = f"difd-nas-{mark}", f"difd-top-{mark}"
        self._end = f"nas{mark}"

    def __enter__(self) -> Self:
        peer = self._end.replace("nas", "top")
        for name in (self.nas, self.laptop):
            _ip("netns", "add", name)
        _ip("link", "add", self._end, "netns", self.nas, "type", "veth",
            "peer", "name", peer, "netns", self.laptop)  # fmt: skip
        for name, end, address in (
            (self.nas, self._end, NAS_ADDRESS),
            (self.laptop, peer, LAPTOP_ADDRESS),
        ):
            _ip("-n", name, "address", "add", f"{address}/24", "dev", end)
            _ip("-n", name, "link", "set", end, "up")
            _ip("-n", name, "link", "set", "lo", "up")
        return self

    def __exit__(self, *_: object) -> None:
        for name in (self.nas, self.laptop):
            _ip("netns", "delete", name)

    def cut(self) -> None:
        """Nothing gets through, and nobody is told."""
        _ip("-n", self.nas, "link", "set", self._end, "down")

    def mend(self) -> None:
        """All gets through again."""
        _ip("-n", self.nas, "link", "set", self._end, "up")


def inside(namespace: str, machine: Instance) -> Instance:
    """The same machine with its commands run in a network namespace."""
    return replace(machine, prefix=(_tool(), "netns", "exec", namespace))


def _ip(*arguments: str) -> None:
    done = subprocess.run([_tool(), *arguments], capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"ip {' '.join(arguments)}: {done.stderr}"


def _tool() -> str:
    program = shutil.which("ip") or shutil.which("ip", path="/usr/sbin:/sbin")
    assert program, "this test needs the Debian package iproute2"
    return program
