"""The daemon's life: one per user, started by whoever needs it, gone when told or idle."""

from __future__ import annotations

import json
import os
import signal
import socket
import sqlite3
import stat
import subprocess
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

import pytest
from harness.instance import wait_until, wake_ups
from harness.photos import album

from difclient.client import Client
from difd.engine.processors import usable_processors
from difd.protocol.endpoint import prepare_directories
from difd.protocol.errors import (
    DaemonNotRunning,
    OwnFilesUnsafe,
    ProtocolMismatch,
)
from difd.protocol.jobs import JobInfo
from difd.protocol.options import SearchOptions
from difd.protocol.requests import Hello, Ping, Submit
from difd.store.job_journal import JobJournal


def test_start_status_stop(instance):
    assert instance.difctl("daemon", "start").stdout == "The daemon was started.\n"
    assert instance.difctl("daemon", "start").stdout == "The daemon is running already.\n"
    status = json.loads(instance.difctl("daemon", "status", "--json").stdout)
    assert instance.daemons() == [status["pid"]]
    assert status["jobs"] == {"queued": 0, "running": 0}
    assert status["addresses"] == [f"ipc://{instance.endpoint.socket}"]
    assert instance.difctl("daemon", "stop").stdout == "The daemon was stopped.\n"
    assert not instance.processes()
    assert not instance.endpoint.socket.exists()


@pytest.mark.parametrize("command", ["status", "stop"])
def test_what_needs_a_running_daemon_never_starts_one(instance, command):
    answer = instance.difctl("daemon", command)
    assert answer.returncode == 3
    assert answer.stderr == "difctl: No daemon is running.\nStart it with: difctl daemon start\n"
    assert not instance.processes()


def test_status_without_a_daemon_is_a_json_error_too(instance):
    answer = instance.difctl("daemon", "status", "--json")
    assert answer.returncode == 3
    assert json.loads(answer.stdout)["error"]["code"] == "daemon_not_running"
    assert answer.stderr == ""


def test_a_restart_is_another_daemon(instance):
    instance.difctl("daemon", "start")
    before = instance.daemons()
    assert instance.difctl("daemon", "restart").returncode == 0
    after = instance.daemons()
    assert len(after) == 1
    assert after != before


def test_fifty_commands_at_once_start_one_daemon(instance):
    with ThreadPoolExecutor(50) as threads:
        answers = list(threads.map(lambda _: instance.difctl("jobs"), range(50)))
    assert [answer.returncode for answer in answers] == [0] * 50
    assert len(instance.daemons()) == 1
    log = instance.endpoint.log.read_text()
    assert log.count(" serves, pid ") == 1


def test_a_login_with_another_runtime_directory_gets_no_daemon_on_the_same_state(
    instance, tmp_path, monkeypatch
):
    folder = tmp_path / "p"
    album(folder)
    instance.difctl("search", folder)
    other = tmp_path / "other"
    other.mkdir(mode=0o700)
    there = os.environ["XDG_RUNTIME_DIR"]
    monkeypatch.setitem(instance.environment, "XDG_RUNTIME_DIR", str(other))
    answer = instance.difctl("jobs")
    assert answer.returncode == 3
    assert f"with its socket in {there}/difd," in answer.stderr
    monkeypatch.setitem(instance.environment, "XDG_RUNTIME_DIR", there)
    assert instance.difctl("jobs").returncode == 0
    assert len(instance.daemons()) == 1


def test_a_second_daemon_refuses_and_leaves_the_first_alone(instance):
    first = instance.start_daemon()
    second = subprocess.run(
        [*first.args], env=instance.environment, capture_output=True, text=True, check=False
    )
    assert second.returncode == 3
    assert second.stderr == "difd: A difd daemon is already running.\n"
    with Client(start=False) as client:
        assert client.status().pid == first.pid
    first.terminate()
    assert first.wait() == 0


def test_a_stale_socket_is_replaced(instance):
    instance.endpoint.runtime.mkdir(mode=0o700)
    with socket.socket(socket.AF_UNIX) as left_behind:
        left_behind.bind(str(instance.endpoint.socket))
    assert instance.difctl("daemon", "start").returncode == 0
    assert instance.difctl("daemon", "status").returncode == 0


def test_after_kill_9_the_next_command_starts_a_new_daemon(instance):
    instance.difctl("daemon", "start")
    (pid,) = instance.daemons()
    os.kill(pid, signal.SIGKILL)
    assert instance.difctl("jobs").returncode == 0
    assert instance.daemons() not in ([], [pid])


def test_the_socket_and_its_directory_are_the_owners_alone(instance):
    instance.difctl("daemon", "start")
    assert stat.S_IMODE(instance.endpoint.socket.stat().st_mode) == 0o600
    assert stat.S_IMODE(instance.endpoint.runtime.stat().st_mode) == 0o700
    for file in (instance.endpoint.log, instance.endpoint.journal, instance.endpoint.lock):
        assert stat.S_IMODE(file.stat().st_mode) & 0o077 == 0, file


@pytest.mark.skipif(os.getuid() != 0, reason="only root can give a directory away")
def test_a_runtime_directory_of_someone_else_is_refused_with_one_sentence(instance):
    instance.endpoint.runtime.mkdir(mode=0o700)
    os.chown(instance.endpoint.runtime, 65534, 65534)
    answer = instance.difctl("jobs")
    assert answer.returncode == 3
    assert answer.stderr.startswith(
        "difctl: This directory of difd's belongs to another user (nobody, uid 65534), not to you: "
    )
    assert "Traceback" not in answer.stderr
    assert not instance.processes()
    with pytest.raises(OwnFilesUnsafe):
        Client()


def test_a_daemon_that_cannot_start_says_why_to_the_client(instance):
    instance.endpoint.state.mkdir(mode=0o700)
    instance.endpoint.journal.mkdir()
    answer = instance.difctl("jobs")
    assert answer.returncode == 3
    assert str(instance.endpoint.journal) in answer.stderr
    assert "Traceback" not in answer.stderr
    with pytest.raises(OwnFilesUnsafe):
        Client()


def test_a_damaged_journal_is_put_aside_and_the_daemon_starts(instance):
    instance.endpoint.state.mkdir(mode=0o700)
    instance.endpoint.journal.write_bytes(b"no database at all" * 500)
    assert instance.difctl("jobs").returncode == 0
    assert list(instance.endpoint.state.glob("jobs.damaged-*"))


def test_a_daemon_without_work_leaves_by_itself(instance):
    daemon = instance.start_daemon("--idle-seconds", "0.5")
    assert daemon.wait(timeout=10) == 0
    assert not instance.endpoint.socket.exists()


def test_requests_keep_a_daemon_from_leaving(instance):
    daemon = instance.start_daemon("--idle-seconds", "1")
    with Client(start=False) as client:
        for _ in range(8):
            time.sleep(0.25)
            client.status()
    assert daemon.poll() is None
    assert daemon.wait(timeout=10) == 0


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_stops_the_daemon_in_good_order(instance, number):
    daemon = instance.start_daemon()
    daemon.send_signal(number)
    assert daemon.wait(timeout=6) == 0
    assert not instance.endpoint.socket.exists()


def test_a_second_signal_stops_it_at_once_and_is_no_failure_to_a_supervisor(instance, tmp_path):
    daemon = instance.start_daemon()
    assert instance.difctl("search", album(tmp_path / "album")).returncode == 0
    with Client(start=False) as client:
        engine = client.status().engine_pid
    os.kill(engine, signal.SIGSTOP)  # the daemon will wait for it to leave
    daemon.terminate()
    wait_until(lambda: "stopping" in instance.endpoint.log.read_text())
    begun = time.monotonic()
    daemon.terminate()
    assert daemon.wait(timeout=10) == 0
    assert "stopped" not in instance.endpoint.log.read_text()
    assert time.monotonic() - begun < 1


def test_the_rows_of_forgotten_jobs_go_while_it_serves(instance):
    prepare_directories(instance.endpoint)
    job = JobInfo("f" * 32, "done", SearchOptions(paths=(b"/",)), 1.0)
    with closing(JobJournal(instance.endpoint.journal)) as journal:
        journal.add(job, "request")
        for first in range(3):
            journal.add_rows(job.id, first, b"\x91\x01")
        journal.forget(job.id)
    assert instance.difctl("daemon", "start").returncode == 0
    with closing(sqlite3.connect(instance.endpoint.journal)) as database:
        wait_until(lambda: database.execute("SELECT count(*) FROM pages").fetchone() == (0,))


def test_the_daemon_imports_neither_numpy_nor_pillow(instance):
    instance.difctl("daemon", "start")
    (pid,) = instance.daemons()
    maps = Path(f"/proc/{pid}/maps").read_text()
    assert "_multiarray" not in maps
    assert "_imaging" not in maps
    assert "zmq" in maps


def test_the_engine_loads_its_compiled_loops_and_no_linear_algebra_of_others(instance, tmp_path):
    """Others need scipy, and it takes a third of a second."""
    assert instance.difctl("search", album(tmp_path / "album")).returncode == 0
    with Client(start=False) as client:
        loaded = Path(f"/proc/{client.status().engine_pid}/maps").read_text()
    assert "/difd/engine/native/_loops" in loaded
    assert "/scipy/" not in loaded


def test_a_search_that_starts_the_daemon_starts_the_engine_with_it_and_no_second_one(
    instance, tmp_path
):
    assert instance.difctl("search", album(tmp_path / "album")).returncode == 0
    with Client(start=False) as client:
        engine = client.status().engine_pid
    hosts = {pid: line for pid, line in instance.processes().items() if "engine_host" in line}
    assert hosts.keys() - set(instance.workers()) == {engine}
    assert len(instance.workers()) == usable_processors()
    assert hosts[engine].endswith("--ahead ")


def test_an_engine_that_a_running_daemon_starts_copies_as_many_workers_as_are_asked_for(
    instance, tmp_path
):
    assert instance.difctl("daemon", "start").returncode == 0
    place = album(tmp_path / "album")
    assert instance.difctl("search", "--processes", "3", place).returncode == 0
    lines = instance.processes()
    workers = instance.workers()
    assert len(workers) == 3
    assert all("engine_host" in lines[pid] for pid in workers), "one was started anew"


def test_what_searches_nothing_starts_no_engine(instance):
    assert instance.difctl("jobs").returncode == 0
    assert not [line for line in instance.processes().values() if "engine_host" in line]


def test_an_engine_that_was_started_with_a_daemon_which_gives_up_leaves(instance):
    instance.endpoint.state.mkdir(parents=True)
    instance.endpoint.journal.mkdir()
    assert instance.difctl("search", instance.root).returncode != 0
    wait_until(lambda: not instance.processes())


def test_the_daemons_environment_stays_out_of_its_log(instance):
    instance.environment["SECRET_TOKEN"] = "do-not-write-this"  # noqa: S105
    instance.difctl("daemon", "start")
    instance.difctl("daemon", "stop")
    assert "do-not-write-this" not in instance.endpoint.log.read_text()


def test_logs_prints_the_end_of_the_log(instance):
    assert instance.difctl("daemon", "logs").returncode == 3
    instance.difctl("daemon", "start")
    answer = instance.difctl("daemon", "logs", "--lines", "1")
    assert answer.returncode == 0
    assert answer.stdout.count("\n") == 1
    assert "serves" in answer.stdout


def test_another_major_version_is_refused_with_the_way_out(instance):
    instance.difctl("daemon", "start")
    with Client(start=False) as client:
        future = Hello(id="x", protocol_major=3, protocol_minor=0, application="9.0")
        with pytest.raises(ProtocolMismatch) as refusal:
            client._connection.request(future)
    assert refusal.value.hint == "With the newer difctl, run: difctl daemon restart"


def test_nonsense_on_the_socket_harms_nobody(instance):
    instance.difctl("daemon", "start")
    with socket.socket(socket.AF_UNIX) as raw:
        raw.connect(str(instance.endpoint.socket))
        raw.sendall(b"\xff" * 4096)
    with Client(start=False) as client:
        dealer = client._connection._socket
        for frames in (
            [b""],
            [b"DIF2"],
            [b"DIF2", b"\xc1"],
            [b"x"] * 40,
            [b"DIF2", b"\x91" * 9999],
        ):
            dealer.send_multipart(frames)
        client._connection._socket.send_multipart([b"DIF9", b""])
        wait_until(lambda: dealer.poll(50))
        while dealer.poll(200):
            dealer.recv_multipart()
        assert client.status().pid == instance.daemons()[0]


@pytest.mark.usefixtures("instance")
def test_a_client_that_does_not_start_a_daemon_says_that_none_runs():
    with pytest.raises(DaemonNotRunning):
        Client(start=False)


def test_a_request_sent_twice_is_answered_twice_and_carried_out_once(instance, tmp_path):
    instance.difctl("daemon", "start")
    request = Submit(id="once", options=SearchOptions(paths=(os.fsencode(tmp_path),)))
    with Client(start=False) as client:
        first = client._connection.request(request)
        second = client._connection.request(request)
        assert first.job.id == second.job.id
        assert len(client.jobs()) == 1
    instance.difctl("daemon", "restart")
    with Client(start=False) as client:
        third = client._connection.request(request)
        assert third.job.id == first.job.id
        assert len(client.jobs()) == 1


def test_an_idle_daemon_sleeps(instance):
    instance.difctl("daemon", "start")
    (pid,) = instance.daemons()
    with Client(start=False) as client:
        client._connection.request(Ping(id="1"))
    time.sleep(0.3)

    before = wake_ups(pid)
    time.sleep(2)
    # Nothing polls: every wake-up of any of its threads would count here.
    assert wake_ups(pid) - before <= 2
