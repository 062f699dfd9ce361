"""The processes beside the daemon leave when they do not understand it; the daemon notices both."""

from __future__ import annotations

import asyncio
import socket
import subprocess
import sys

import pytest

from difd.protocol.endpoint import prepare_directories
from difd.service.hosts.action_messages import (
    AreYouThere,
    Settle,
    Settled,
    decode_action_answer,
)
from difd.service.hosts.channel import LENGTH, NOT_UNDERSTOOD, Alive, frame
from difd.service.hosts.engine_messages import DescribePicture
from difd.service.hosts.process import HostProcess

SOON = 60.0


def started(module: str) -> tuple[subprocess.Popen[bytes], socket.socket]:
    ours, theirs = socket.socketpair()
    with theirs:
        process = subprocess.Popen(
            [sys.executable, "-m", module, "--fd", str(theirs.fileno())],
            pass_fds=[theirs.fileno()],
            stderr=subprocess.DEVNULL,
        )
    ours.settimeout(SOON)
    return process, ours


@pytest.mark.parametrize("module", ["difd.service.engine_host", "difd.service.action_host"])
@pytest.mark.parametrize("payload", [b"\xc1", b"\x81\xa4type\xa5never", b""])
def test_a_host_that_does_not_understand_the_daemon_leaves_and_says_so(instance, module, payload):
    prepare_directories(instance.endpoint)
    process, pipe = started(module)
    with pipe:
        pipe.sendall(LENGTH.pack(len(payload)) + payload)
        assert process.wait(SOON) == NOT_UNDERSTOOD


def answer(pipe: socket.socket) -> object:
    with pipe.makefile("rb") as stream:
        (length,) = LENGTH.unpack(stream.read(LENGTH.size))
        return decode_action_answer(stream.read(length))


def test_an_action_host_answers_that_it_is_there_and_that_it_has_settled(instance):
    prepare_directories(instance.endpoint)
    process, pipe = started("difd.service.action_host")
    with pipe:
        pipe.sendall(frame(AreYouThere()))
        assert answer(pipe) == Alive("", 0.0)
        pipe.sendall(frame(Settle()))
        assert isinstance(answer(pipe), Settled)
    assert process.wait(SOON) == 0


@pytest.mark.usefixtures("instance")
def test_a_report_that_is_not_understood_is_the_end_of_its_host_and_is_told():
    def not_understood(_payload: bytes) -> object:
        raise ValueError("of another version")

    async def ended() -> str:
        how: asyncio.Queue[str] = asyncio.Queue()
        host = HostProcess(
            "difd.service.engine_host",
            not_understood,
            lambda _report: None,
            how.put_nowait,
            60.0,
        )
        await host.wake()
        host.send(DescribePicture(1, b"/none"))
        try:
            return await asyncio.wait_for(how.get(), SOON)
        finally:
            await host.close()

    assert "of another version" in asyncio.run(ended())
