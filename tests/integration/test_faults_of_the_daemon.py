"""A daemon in which something of its own fails leaves with an error; nobody waits for it."""

from __future__ import annotations

import subprocess
import sys
import time

import pytest
from harness.instance import Instance, wait_until

from difclient.client import Client
from difd.protocol.errors import DaemonFailed

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
    wait_until(instance.endpoint.socket.exists)
    return process


@pytest.mark.parametrize(
    ("module", "kind", "method"),
    [
        ("difd.service.authentication", "Gatekeeper", "serve"),
        ("difd.service.connections", "Connections", "watch"),
        ("difd.service.job_desk", "JobDesk", "_sweep"),
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


def test_a_client_of_a_daemon_that_fails_is_served_by_the_next_one_soon(instance):
    process = broken_daemon(instance, "difd.service.authentication", "Gatekeeper", "serve")
    began = time.monotonic()
    with Client() as client:
        assert client.status().pid != process.pid
    assert time.monotonic() - began < 25, "it waited for the one that was gone"
    process.communicate(timeout=20)
    assert process.returncode == DaemonFailed.exit_code


def test_a_thread_that_never_ends_keeps_no_daemon_and_no_lock():
    process = subprocess.run([sys.executable, "-c", LEFT_BEHIND], check=False, timeout=60)
    assert process.returncode == 7
