"""The daemon in that Windows, end to end: searched, shown, shared, killed and stopped."""

from __future__ import annotations

import json
import os
import signal
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psutil
import pytest
import zmq
from harness.windows_python import WindowsPython, windows_path

from difd.protocol import codec
from difd.protocol.requests import Ping

pytestmark = [pytest.mark.long, pytest.mark.timeout(1200)]

STATE = Path("users/root/AppData/Local/difd")
"""Where difd keeps its files there, below drive C, for the user that tests run as in containers."""


def groups_of(output: str) -> set[frozenset[str]]:
    """What was found, by names without folders: those differ between the two systems."""
    found = json.loads(output)["groups"]
    return {
        frozenset(file["path"].replace("\\", "/").rsplit("/", 1)[1] for file in group["files"])
        for group in found
    }


def processes_of(windows: WindowsPython) -> dict[int, str]:
    """The Pythons that run in that Windows, with their command lines."""
    found = {}
    for process in psutil.process_iter():
        try:
            if process.environ().get("WINEPREFIX") == windows.environment["WINEPREFIX"]:
                found[process.pid] = " ".join(process.cmdline())
        except (psutil.NoSuchProcess, psutil.AccessDenied):
            continue
    return {pid: line for pid, line in found.items() if "python.exe" in line}


def daemon_of(windows: WindowsPython) -> list[int]:
    """The processes that are the daemon."""
    return [pid for pid, line in processes_of(windows).items() if "-m difd " in f"{line} "]


def endpoint_of(windows: WindowsPython) -> list[str]:
    """What the daemon's file says: port, process, and three keys."""
    return (windows.home / STATE / "run" / "difd.endpoint").read_text().splitlines()


def test_a_search_finds_there_what_it_finds_here(there, instance, library):
    done = there.difctl("search", "--json", windows_path(library))
    assert done.code == 0, done
    here = instance.difctl("search", "--json", library)
    assert groups_of(done.output) == groups_of(here.stdout)
    assert len(groups_of(done.output)) == 2
    shown = there.difctl("show", "--json", json.loads(done.output)["job"])
    assert groups_of(shown.output) == groups_of(done.output)
    again = there.difctl("search", windows_path(library))
    assert "2 groups" in again.output, again
    assert "\\\\" not in again.output  # paths are shown as Windows has them


def test_many_commands_at_once_start_one_daemon(there):
    with ThreadPoolExecutor(4) as threads:
        started = [threads.submit(there.difctl, "daemon", "start") for _ in range(4)]
    assert [one.result().code for one in started] == [0] * 4, started
    assert len(daemon_of(there)) == 1
    status = there.difctl("daemon", "status")
    assert f"tcp://127.0.0.1:{endpoint_of(there)[0]}" in status.output


def answers(port: str, server: bytes, public: bytes, secret: bytes) -> bool:
    """Whether the daemon answers to who has these keys."""
    context = zmq.Context()
    client = context.socket(zmq.DEALER)
    client.setsockopt(zmq.LINGER, 0)
    if server:
        client.setsockopt(zmq.CURVE_SERVERKEY, server)
        client.setsockopt(zmq.CURVE_PUBLICKEY, public)
        client.setsockopt(zmq.CURVE_SECRETKEY, secret)
    client.connect(f"tcp://127.0.0.1:{port}")
    client.send_multipart(codec.encode(Ping(id="1")))
    heard = bool(client.poll(3000))
    client.close()
    context.term()
    return heard


def test_only_who_has_read_the_file_is_let_in(there):
    assert there.difctl("daemon", "start").code == 0
    port, _, *written = endpoint_of(there)
    server, public, secret = (key.encode() for key in written)
    stranger = zmq.curve_keypair()
    assert answers(port, server, public, secret)
    assert not answers(port, server, *stranger)
    assert not answers(port, stranger[0], public, secret)
    assert not answers(port, b"", b"", b"")


def test_a_daemon_that_was_killed_leaves_nothing_in_the_way(there, library):
    assert there.difctl("search", windows_path(library)).code == 0
    assert len(processes_of(there)) > 1  # the engine, and perhaps its workers
    (daemon,) = daemon_of(there)
    os.kill(daemon, signal.SIGKILL)
    end = time.monotonic() + 30
    while processes_of(there) and time.monotonic() < end:
        time.sleep(0.2)
    assert processes_of(there) == {}
    done = there.difctl("search", windows_path(library))
    assert "2 groups" in done.output, done


def test_a_daemon_that_is_stopped_is_gone_with_all_that_it_started(there, library):
    assert there.difctl("search", windows_path(library)).code == 0
    stopped = there.difctl("daemon", "stop")
    assert (stopped.code, stopped.output) == (0, "The daemon was stopped.\n")
    end = time.monotonic() + 10
    while processes_of(there) and time.monotonic() < end:
        time.sleep(0.2)
    assert processes_of(there) == {}
    assert not (there.home / STATE / "run" / "difd.endpoint").exists()
    assert "No daemon is running" in there.difctl("daemon", "status").errors
