"""How long the daemon lets its clients wait while it searches: fifty of them, one of whom is deaf.

python -m bench.ping [--pictures N] [--slow]       (from the folder `tests`)

Every client follows the search and asks for a sign of life twenty times a second; the deaf one
asks for lists and never reads them. `--slow` has asyncio name what kept the daemon from answering.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import time
from collections import deque
from contextlib import ExitStack, suppress
from pathlib import Path
from unittest import mock

import zmq
from harness.photos import distinct_photos

from bench.peers import own_difd
from bench.table import Row, show
from difclient.client import Client
from difd.protocol import codec
from difd.protocol.endpoint import user_endpoint
from difd.protocol.jobs import FINAL_STATES
from difd.protocol.options import SearchOptions
from difd.protocol.replies import Pong
from difd.protocol.requests import Jobs, Ping, Subscribe

CLIENTS = 49
EVERY = 0.05
"""Seconds from an answer to the next question of the same client."""


def measure(pictures: int, *, slow: bool) -> tuple[list[Row], list[str]]:
    """The table, and what asyncio complained about."""
    with ExitStack() as stack:
        environment = stack.enter_context(own_difd())
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        if slow:
            environment["PYTHONASYNCIODEBUG"] = "1"
        stack.enter_context(mock.patch.dict(os.environ, environment))
        distinct_photos(folder, pictures)
        difctl = [sys.executable, "-m", "difclient", "daemon"]
        subprocess.run([*difctl, "start"], check=True, capture_output=True)
        stack.callback(subprocess.run, [*difctl, "stop"], check=True, capture_output=True)
        processor = Processor()
        rows = [{"meanwhile": "nothing else", **_figures(_waits(time.monotonic() + 3, None))}]
        rows[0] |= processor.seconds()
        with Client(start=False) as client:
            job = client.submit(SearchOptions(paths=(os.fsencode(folder),), similarity=5)).id
        rows.append({"meanwhile": f"{pictures:,} pictures", **_figures(_waits(None, job))})
        rows[1] |= processor.seconds()
        log = user_endpoint().log.read_text().splitlines()
    return rows, [line for line in log if " asyncio " in line]


def _waits(until: float | None, job: str | None) -> list[float]:
    """How long each ping took, in seconds, until then or until the job has ended."""
    address = b"ipc://" + os.fsencode(user_endpoint().socket)
    waits: list[float] = []
    with ExitStack() as stack:
        context = stack.enter_context(zmq.Context())
        poller = zmq.Poller()
        sockets = [stack.enter_context(context.socket(zmq.DEALER)) for _ in range(CLIENTS + 1)]
        for socket in sockets:
            socket.setsockopt(zmq.LINGER, 0)
            socket.connect(address)
            if job is not None:
                socket.send_multipart(codec.encode(Subscribe(id="s", job=job)))
        deaf, *others = sockets
        deaf.setsockopt(zmq.SNDTIMEO, 0)
        asked: dict[zmq.Socket[bytes], float] = {}
        turns = deque((time.monotonic(), socket) for socket in others)
        for socket in others:
            poller.register(socket, zmq.POLLIN)
        last = False
        while not last:
            now = time.monotonic()
            last = until is not None and now > until
            while turns and turns[0][0] <= now:
                _, socket = turns.popleft()
                asked[socket] = time.monotonic()
                socket.send_multipart(codec.encode(Ping(id="p")))
            with suppress(zmq.Again):
                deaf.send_multipart(codec.encode(Jobs(id="deaf")))
            for socket, _ in poller.poll(10):
                message = codec.decode_from_daemon(socket.recv_multipart())
                if isinstance(message, Pong):
                    waits.append(time.monotonic() - asked.pop(socket))
                    turns.append((time.monotonic() + EVERY, socket))
                elif job is not None and getattr(message, "job", None) is not None:
                    state = getattr(message.job, "state", None)
                    last = last or state in FINAL_STATES
    return waits


def _figures(waits: list[float]) -> Row:
    waits.sort()
    return {
        "pings": len(waits),
        "p50, ms": waits[len(waits) // 2] * 1000,
        "p99, ms": waits[len(waits) * 99 // 100] * 1000,
        "max, ms": waits[-1] * 1000,
    }


class Processor:
    """What the daemon did with its time since it was last asked."""

    def __init__(self) -> None:
        with Client(start=False) as client:
            self._schedule = Path(f"/proc/{client.status().pid}/schedstat")
        self._before = self._now()

    def seconds(self) -> Row:
        """How long its loop took, ran, and waited for a processor that others had."""
        before, self._before = self._before, self._now()
        columns = ("seconds", "daemon ran", "it waited for others")
        return {
            name: now - then for name, now, then in zip(columns, self._before, before, strict=True)
        }

    def _now(self) -> list[float]:
        ran, waited, _ = self._schedule.read_text().split()
        return [time.monotonic(), int(ran) / 1e9, int(waited) / 1e9]


def main() -> None:
    """Measure, and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pictures", type=int, default=10_000)
    parser.add_argument("--slow", action="store_true")
    arguments = parser.parse_args()
    rows, slow = measure(arguments.pictures, slow=arguments.slow)
    show(f"A sign of life for each of {CLIENTS} clients", rows)
    print("\n".join(slow))


if __name__ == "__main__":
    main()
