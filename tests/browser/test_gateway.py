"""The gateway as a process: how it ends, and how it stands a crowd."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest
from harness.gateway import Gateway, is_open, running_gateway
from harness.instance import Instance, wait_until

HOLDER = """
import socket, sys
lines = [socket.create_connection(("127.0.0.1", int(sys.argv[1]))) for _ in range(int(sys.argv[2]))]
print("held", flush=True)
for line in lines:
    line.settimeout(60)
    try:
        line.recv(1)
    except ConnectionError:
        pass
print("all were ended", flush=True)
"""


def files(instance: Instance) -> set[Path]:
    """What is in the directories of a difd."""
    return {path.relative_to(instance.root) for path in instance.root.rglob("*")}


def open_files(pid: int) -> int:
    return len(os.listdir(f"/proc/{pid}/fd"))


def is_at_rest(pid: int) -> bool:
    """Whether no connection of a client that has ended is still to be closed."""
    before = open_files(pid)
    signal.sigtimedwait([], 0.3)
    return open_files(pid) == before


@contextmanager
def asking(gateway: Gateway, path: str) -> Iterator[socket.socket]:
    """A request whose answer nobody has read yet."""
    with socket.create_connection(("127.0.0.1", gateway.port), timeout=30) as line:
        head = f"GET {path} HTTP/1.1\r\nHost: {gateway.host}\r\nX-Difd-Token: {gateway.token}\r\n"
        line.sendall(f"{head}\r\n".encode())
        yield line


@contextmanager
def silent_daemon(instance: Instance, gateway: Gateway) -> Iterator[int]:
    """The daemon behind the page says nothing any more; its process."""
    gateway.enter()
    assert gateway.get("/view/history").code == 200
    (daemon,) = instance.daemons()
    os.kill(daemon, signal.SIGSTOP)
    try:
        yield daemon
    finally:
        os.kill(daemon, signal.SIGCONT)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_leaves_nothing_behind(instance, number):
    instance.difctl("daemon", "start")
    (daemon,) = instance.daemons()
    wait_until(lambda: is_at_rest(daemon))
    before, open_before = files(instance), open_files(daemon)
    with running_gateway(instance) as gateway:
        gateway.enter()
        assert gateway.get("/view/history").code == 200
        assert open_files(daemon) > open_before, "it has connections to the daemon"
        with socket.create_connection(("127.0.0.1", gateway.port)):
            # Who is let in right after the signal is waited for, and that is said.
            assert gateway.get("/alive").code == 200, "whoever came before is let in"
            gateway.process.send_signal(number)
            assert gateway.process.wait(20) == 0
        assert gateway.process.stderr.read() == ""
        assert not is_open("127.0.0.1", gateway.port)
        assert files(instance) == before
        wait_until(lambda: open_files(daemon) <= open_before)
    assert instance.daemons() == [daemon], "the daemon goes on"
    # The port is free for the next one at once.
    with running_gateway(instance, "--port", str(gateway.port)) as again:
        again.enter()


def test_a_signal_ends_it_while_the_daemon_is_silent(instance):
    with (
        running_gateway(instance) as gateway,
        silent_daemon(instance, gateway),
        asking(gateway, "/view/history"),
        asking(gateway, "/view/start"),
    ):
        signal.sigtimedwait([], 1)
        gateway.process.terminate()
        assert gateway.process.wait(20) == 0, "a daemon is waited for longer than this"


def test_a_connection_that_does_not_ask_is_ended(gateway):
    gateway.enter()
    body = f"POST /exchange HTTP/1.1\r\nHost: {gateway.host}\r\nContent-Length: 9\r\n\r\nx".encode()
    with ExitStack() as stack:
        lines = [
            stack.enter_context(socket.create_connection(("127.0.0.1", gateway.port), timeout=30))
            for _ in range(4)
        ]
        lines[1].sendall(b"GET / HTT")
        lines[2].sendall(f"GET / HTTP/1.1\r\nHost: {gateway.host}\r\n".encode())
        lines[3].sendall(body)
        for line in lines:
            while line.recv(4096):
                pass  # 30 s without the end of it is an error
        assert gateway.get("/alive").code == 200


def test_an_answer_may_take_longer_than_the_question(instance):
    with (
        running_gateway(instance) as gateway,
        silent_daemon(instance, gateway) as daemon,
        asking(gateway, "/view/history") as line,
    ):
        signal.sigtimedwait([], 12)
        os.kill(daemon, signal.SIGCONT)
        assert line.recv(4096).startswith(b"HTTP/1.1 200")


@pytest.mark.skipif(os.getuid() != 0, reason="only root can be another user")
def test_another_user_s_idle_connections_leave_room_for_ours(gateway):
    gateway.enter()
    nobody = ["setpriv", "--reuid", "65534", "--regid", "65534", "--clear-groups"]
    with subprocess.Popen(
        [*nobody, "/usr/bin/python3", "-c", HOLDER, str(gateway.port), "400"],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        text=True,
        cwd="/",
    ) as holder:
        assert holder.stdout.readline() == "held\n"
        for _ in range(20):
            assert gateway.get("/alive").code == 200
        with ExitStack() as stack:
            for _ in range(60):
                stack.enter_context(socket.create_connection(("127.0.0.1", gateway.port)))
            assert gateway.get("/alive").code == 200
        assert holder.stdout.readline() == "all were ended\n"
        assert holder.wait(10) == 0


def test_a_crowd_of_our_own_passes(gateway):
    """Two hundred are the limit, and those that do not ask are soon gone."""
    gateway.enter()
    with ExitStack() as stack:
        for _ in range(250):
            stack.enter_context(socket.create_connection(("127.0.0.1", gateway.port)))
        assert gateway.get("/alive").code == 503
        wait_until(lambda: gateway.get("/alive").code == 200, 30)
