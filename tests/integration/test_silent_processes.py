"""An action process that is stopped, as in a dead drive: nobody waits for it without a word."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from harness.instance import Instance, wait_until
from harness.photos import many_photos, small_photo

from difclient.client import Client

pytestmark = pytest.mark.timeout(240)

SHORT = """
import sys
from difd.service.hosts import action_link
action_link.WAIT_SECONDS = 3.0
from difd.service.main import main
sys.argv = ["difd"]
main()
"""
"""A daemon in which nothing waits long for its turn."""


@pytest.fixture
def copies(tmp_path) -> Path:
    """A folder with a picture and two copies."""
    first = small_photo("coffee.png", tmp_path / "p" / "1.png")
    for name in ("2.png", "3.png"):
        (first.parent / name).write_bytes(first.read_bytes())
    return first.parent


def stopped_host(instance: Instance) -> int:
    """The action process, which does nothing any more."""
    (pid,) = (pid for pid, line in instance.processes().items() if "service.action_host" in line)
    os.kill(pid, signal.SIGSTOP)
    return pid


def prepared(instance: Instance, folder: Path) -> int:
    assert instance.difctl("search", folder).returncode == 0
    assert instance.difctl("trash", "last", "--dry-run").returncode == 0
    return stopped_host(instance)


def line_of(process: subprocess.Popen[str]) -> str:
    assert process.stderr is not None
    return process.stderr.readline()


def test_who_waits_for_a_stopped_process_is_told_so_and_goes_on_when_it_comes_back(
    instance, copies
):
    pid = prepared(instance, copies)
    command = instance.start("trash", "last", "--yes")
    assert line_of(command) == (
        f"Waiting for process {pid}, which does not answer: perhaps a drive or network folder is "
        "gone. Ctrl-C leaves it; nothing is lost.\n"
    )
    assert len(list(copies.iterdir())) == 3
    os.kill(pid, signal.SIGCONT)
    output, _ = command.communicate(timeout=60)
    assert command.returncode == 0, output
    assert len(list(copies.iterdir())) == 1


def test_ctrl_c_leaves_a_stopped_process_at_once_and_nothing_is_done_later(instance, copies):
    pid = prepared(instance, copies)
    command = instance.start("trash", "last", "--yes")
    assert line_of(command).startswith("Waiting for process")
    command.send_signal(signal.SIGINT)
    _, errors = command.communicate(timeout=20)
    assert command.returncode == 130, errors
    os.kill(pid, signal.SIGCONT)
    assert instance.difctl("trash", "last", "--dry-run").returncode == 0
    assert len(list(copies.iterdir())) == 3


def test_what_was_not_begun_in_time_is_refused_and_not_done_later(instance, copies):
    daemon = subprocess.Popen([sys.executable, "-c", SHORT], env=instance.environment)
    instance.wait_for_daemon()
    pid = prepared(instance, copies)
    command = instance.difctl("trash", "last", "--yes")
    assert command.returncode == 5
    assert f"Nothing was done: process {pid} does not answer." in command.stderr
    os.kill(pid, signal.SIGCONT)
    assert instance.difctl("trash", "last", "--dry-run").returncode == 0
    assert len(list(copies.iterdir())) == 3
    assert instance.difctl("trash", "last", "--yes").returncode == 0
    assert len(list(copies.iterdir())) == 1
    daemon.terminate()
    assert daemon.wait(timeout=20) == 0


def test_a_stopped_process_that_is_ended_costs_the_action_that_it_was_at_only(instance, copies):
    pid = prepared(instance, copies)
    command = instance.start("trash", "last", "--yes")
    assert line_of(command).startswith("Waiting for process")
    os.kill(pid, signal.SIGKILL)
    _, errors = command.communicate(timeout=60)
    assert command.returncode == 5
    assert "ended unexpectedly (signal 9)" in errors
    assert instance.difctl("trash", "last", "--yes").returncode == 0
    assert len(list(copies.iterdir())) == 1


def test_who_waits_for_a_stopped_engine_is_told_so_and_ctrl_c_twice_leaves_it(instance, tmp_path):
    process = instance.start("search", many_photos(tmp_path / "many"))
    with Client() as client:
        wait_until(lambda: client.status().running == 1 and client.jobs()[0].state == "running", 60)
        pid = client.status().engine_pid
    assert pid is not None
    os.kill(pid, signal.SIGSTOP)
    assert line_of(process).startswith(f"Waiting for process {pid}, which does not answer: it is")
    process.send_signal(signal.SIGINT)
    assert "Ctrl-C again ends at once" in line_of(process)
    process.send_signal(signal.SIGINT)
    _, errors = process.communicate(timeout=20)
    assert process.returncode == 130, errors
