"""A daemon in which something of its own fails leaves with an error; nobody waits for it."""

from __future__ import annotations

import fcntl
import subprocess
import sys
import time

import pytest
from harness.instance import Instance

from difclient import client, starting
from difclient.client import Client
from difd.protocol.endpoint import prepare_directories
from difd.protocol.errors import (
    DaemonFailed,
    DaemonGone,
    DaemonStartFailed,
    DaemonUnreachable,
)
from difd.protocol.requests import Ping

BROKEN = """
import asyncio, sys
from {module} import {kind}

async def broken(self, *_arguments):
    await asyncio.sleep(1)
    raise RuntimeError("put in by a test")

{kind}.{method} = broken
from difd.service.main import main
sys.argv = ["difd"]
main()
"""

OLD_AND_SLOW = """
import asyncio, sys
from difd.service import daemon, main
daemon.VERSION = "0.0.1"
daemon.Daemon.close = lambda self: asyncio.sleep(4)
sys.argv = ["difd"]
main.main()
"""
"""A daemon of an older version, which takes its time to leave."""

LEFT_BEHIND = """
import threading, time
from difd.service.faults import leave_soon
threading.Thread(target=time.sleep, args=(1000,)).start()
leave_soon(7, 0.1)
"""


def broken_daemon(instance: Instance, module: str, kind: str, method: str) -> subprocess.Popen[str]:
    script = BROKEN.format(module=module, kind=kind, method=method)
    process = subprocess.Popen(
        [sys.executable, "-c", script],
        env=instance.environment,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    )
    instance.wait_for_daemon()
    return process


@pytest.mark.parametrize(
    ("module", "kind", "method"),
    [
        ("difd.service.server.authentication", "Gatekeeper", "serve"),
        ("difd.service.server.connections", "Connections", "watch"),
        ("difd.service.desks.journal_writer", "JournalWriter", "_sweep"),
    ],
)
def test_a_task_that_fails_ends_the_daemon_with_an_error_and_frees_its_lock(
    instance, module, kind, method
):
    process = broken_daemon(instance, module, kind, method)
    _, errors = process.communicate(timeout=60)
    assert process.returncode == DaemonFailed.exit_code
    assert "difd: The daemon ended because of a fault of its own: RuntimeError: put in" in errors
    assert "a fault ends the daemon" in instance.endpoint.log.read_text()
    assert instance.difctl("daemon", "start").returncode == 0


def test_a_daemon_that_cannot_take_up_its_watches_does_not_stay_deaf(instance, tmp_path):
    assert instance.difctl("watch", "add", tmp_path).returncode == 0
    assert instance.difctl("daemon", "stop").returncode == 0
    process = broken_daemon(instance, "difd.service.desks.watch_desk", "WatchDesk", "_start")
    _, errors = process.communicate(timeout=60)
    assert process.returncode == DaemonFailed.exit_code
    assert "RuntimeError: put in by a test" in errors


def test_a_client_of_a_daemon_that_fails_is_served_by_the_next_one_soon(instance):
    process = broken_daemon(instance, "difd.service.server.authentication", "Gatekeeper", "serve")
    began = time.monotonic()
    with Client() as next_one:
        assert next_one.status().pid != process.pid
    assert time.monotonic() - began < 25, "it waited for the one that was gone"
    process.communicate(timeout=20)
    assert process.returncode == DaemonFailed.exit_code


def test_a_thread_that_never_ends_keeps_no_daemon_and_no_lock():
    process = subprocess.run([sys.executable, "-c", LEFT_BEHIND], check=False, timeout=60)
    assert process.returncode == 7


def test_an_older_daemon_that_outlives_its_time_is_an_error_and_no_closed_connection(
    instance, monkeypatch
):
    process = subprocess.Popen([sys.executable, "-c", OLD_AND_SLOW], env=instance.environment)
    instance.wait_for_daemon()
    with monkeypatch.context() as hasty:
        hasty.setattr(client, "STOP_SECONDS", 1.0)
        with pytest.raises(DaemonUnreachable, match=f"process {process.pid}, is still there"):
            Client()
    assert process.wait(timeout=60) == 0
    with Client() as later:
        assert later.status().pid != process.pid


@pytest.mark.usefixtures("instance")
def test_what_is_asked_on_a_closed_connection_finds_no_daemon():
    with Client() as closed:
        pass
    with pytest.raises(DaemonGone):
        closed._connection.request(Ping(id="1"))
    with pytest.raises(DaemonGone):
        closed._connection.next_event(0.1)


def test_a_command_that_hangs_while_it_starts_the_daemon_holds_up_no_other_for_ever(
    instance, monkeypatch
):
    prepare_directories(instance.endpoint)
    monkeypatch.setattr(starting, "LOCK_SECONDS", 0.5)
    with instance.endpoint.spawn_lock.open("w") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        with pytest.raises(DaemonStartFailed, match="Another command is starting the daemon"):
            Client()
    assert instance.difctl("daemon", "start").returncode == 0
