"""Clients and daemons of different versions: idle older daemons give way, strangers are told so."""

from __future__ import annotations

import json
import os
import signal
import socket
import sqlite3
import subprocess
import sys
from contextlib import closing

import msgspec
import pytest
from harness.instance import wait_until

from difclient import examination
from difclient.stopping import stop_by_signal
from difd.protocol.endpoint import daemon_pid
from difd.protocol.errors import DaemonNotRunning, DaemonUnreachable
from difd.protocol.jobs import JobInfo
from difd.protocol.options import SearchOptions
from difd.protocol.version import VERSION
from difd.store.job_journal import JobJournal

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
    instance.wait_for_daemon()
    wait_until(lambda: " serves, pid " in instance.endpoint.log.read_text())
    return daemon


def test_an_idle_older_daemon_gives_way_to_a_newer_clients(instance):
    daemon = start_daemon(instance, "version.VERSION = '0.0.9'")
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


def test_a_search_that_a_newer_version_began_is_not_resumed_without_its_options(instance):
    job = JobInfo("f" * 32, "running", SearchOptions(paths=(os.fsencode(instance.root),)), 1.0)
    instance.endpoint.runtime.mkdir(mode=0o700)
    instance.endpoint.state.mkdir(mode=0o700)
    with closing(JobJournal(instance.endpoint.journal)) as journal:
        journal.add(job, "request")
    newer = msgspec.to_builtins(job, builtin_types=(bytes,))
    newer["options"]["blur"] = 2.5
    with closing(sqlite3.connect(instance.endpoint.journal)) as database, database:
        database.execute("UPDATE jobs SET info = ?", (msgspec.msgpack.encode(newer),))
    for _ in range(2):
        answer = instance.difctl("resume", "last")
        assert answer.returncode == 2
        assert "options that this one does not know: blur." in answer.stderr
        assert instance.difctl("daemon", "restart").returncode == 0
    assert json.loads(instance.difctl("jobs", "--json").stdout)[0]["state"] == "interrupted"


MAJOR = "version.PROTOCOL_MAJOR = 3; version.VERSION = '9.0'"

HOLDER = """
import fcntl, signal, sys, os
signal.signal(signal.SIGTERM, signal.SIG_IGN)
lock = open(sys.argv[1], "w")
if sys.argv[2] == "held":
    fcntl.flock(lock, fcntl.LOCK_EX)
print(os.getpid(), file=lock, flush=True)
print("ready", flush=True)
signal.pause()
"""


@pytest.fixture
def stranger(instance):
    daemon = start_daemon(instance, MAJOR)
    yield daemon
    daemon.kill()
    daemon.wait()


@pytest.fixture
def holder(instance):
    """Starts a process that has the daemon's lock open, held or not, and answers nobody."""
    instance.endpoint.runtime.mkdir(mode=0o700)
    started = []

    def start(how: str) -> subprocess.Popen[str]:
        process = subprocess.Popen(
            [sys.executable, "-c", HOLDER, instance.endpoint.lock, how],
            stdout=subprocess.PIPE,
            text=True,
        )
        started.append(process)
        assert process.stdout.readline() == "ready\n"
        return process

    yield start
    for process in started:
        process.kill()
        process.communicate()


@pytest.mark.parametrize("command", ["jobs", "daemon status", "daemon stop --if-idle"])
def test_a_daemon_of_another_major_version_is_a_typed_error_with_the_way_out(
    instance, stranger, command
):
    answer = instance.difctl(*command.split(), *(["--json"] * (command == "jobs")))
    assert answer.returncode == 3
    said = answer.stdout + answer.stderr
    assert "daemon speaks version 3 of difd's protocol, and this is version 2" in said
    assert "difctl daemon restart" in said
    if command == "jobs":
        assert json.loads(answer.stdout)["error"]["code"] == "protocol_mismatch"
    assert stranger.poll() is None


def test_a_daemon_of_another_major_version_can_be_stopped(instance, stranger):
    assert instance.difctl("daemon", "stop").stdout == "The daemon was stopped.\n"
    assert stranger.wait(timeout=10) == 0
    assert instance.endpoint.log.read_text().endswith(" stopped\n")
    assert instance.difctl("daemon", "stop").returncode == 3


@pytest.mark.usefixtures("stranger")
def test_the_doctor_names_the_way_out_of_another_major_version():
    daemon, _ = examination.daemon()
    assert daemon.state == "broken"
    assert "version 3 of difd's protocol" in daemon.says
    assert "difctl daemon restart" in daemon.hint


def test_a_restart_replaces_a_daemon_of_another_major_version(instance, stranger):
    assert instance.difctl("daemon", "restart").stdout == "The daemon was restarted.\n"
    assert stranger.wait(timeout=10) == 0
    status = json.loads(instance.difctl("daemon", "status", "--json").stdout)
    assert status["version"] == VERSION


def test_a_process_that_has_the_lock_only_open_is_left_alone(instance, holder):
    process = holder("open")
    with pytest.raises(DaemonUnreachable, match="does not hold the lock"):
        stop_by_signal(instance.endpoint, 0.2)
    assert process.poll() is None


def test_without_descriptors_of_processes_only_who_listens_on_the_socket_gets_the_signal(
    instance, holder, monkeypatch
):
    monkeypatch.delattr(os, "pidfd_open")
    process = holder("held")
    with pytest.raises(DaemonUnreachable, match=f"Process {process.pid} was not stopped"):
        stop_by_signal(instance.endpoint, 0.2)
    process.kill()
    process.wait()
    daemon = instance.start_daemon()
    with socket.socket(socket.AF_UNIX) as line:
        # Another's socket in the place of the daemon's.
        instance.endpoint.socket.rename(instance.root / "aside")
        line.bind(str(instance.endpoint.socket))
        line.listen()
        with pytest.raises(DaemonUnreachable, match="was not stopped"):
            stop_by_signal(instance.endpoint, 0.2)
    (instance.root / "aside").rename(instance.endpoint.socket)
    stop_by_signal(instance.endpoint)
    assert daemon.wait(timeout=10) == 0


def test_a_daemon_that_does_not_leave_is_named(instance, holder):
    process = holder("held")
    with pytest.raises(DaemonUnreachable, match="is still there") as refused:
        stop_by_signal(instance.endpoint, 0.2)
    assert refused.value.hint.endswith(f"kill -KILL {process.pid}")
    process.send_signal(signal.SIGKILL)
    process.wait()
    with pytest.raises(DaemonNotRunning):
        stop_by_signal(instance.endpoint)
