"""Clients and daemons of different versions: idle older daemons give way."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest
from harness.instance import wait_until

from difd.protocol.endpoint import daemon_pid
from difd.protocol.version import VERSION

ANOTHER = """
import difd.protocol.version as version
{change}
from difd.service.main import main
main()
"""


def start_daemon(instance, change: str) -> subprocess.Popen[bytes]:
    """A daemon of today's code that is of another version."""
    daemon = subprocess.Popen(
        [sys.executable, "-c", ANOTHER.format(change=change)],
        env=instance.environment,
        stderr=subprocess.DEVNULL,
    )
    wait_until(lambda: daemon_pid(instance.endpoint) and instance.endpoint.socket.exists())
    wait_until(lambda: " serves, pid " in instance.endpoint.log.read_text())
    return daemon


@pytest.mark.parametrize("change", ["version.VERSION = '0.0.9'", "version.PROTOCOL_MINOR = 0"])
def test_an_idle_older_daemon_gives_way_to_a_newer_clients(instance, change):
    daemon = start_daemon(instance, change)
    assert instance.difctl("jobs").returncode == 0
    assert daemon.wait(timeout=10) == 0
    status = json.loads(instance.difctl("daemon", "status", "--json").stdout)
    assert status["version"] == VERSION


def test_a_newer_daemon_is_left_alone(instance):
    daemon = start_daemon(instance, "version.VERSION = '999.0'; version.PROTOCOL_MINOR = 999")
    assert instance.difctl("jobs").returncode == 0
    assert daemon_pid(instance.endpoint) == daemon.pid
    instance.difctl("daemon", "stop")
    assert daemon.wait(timeout=10) == 0
