"""The system starts the daemon: systemd's tools judge our units and hand us its socket."""

from __future__ import annotations

import configparser
import json
import os
import plistlib
import shlex
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest
from harness.instance import wait_until
from harness.photos import album

from difclient.autostart.launchd import agent
from difclient.autostart.run_key import command_line
from difclient.autostart.systemd import SHARED, UserUnits, unit_texts
from difd.protocol.endpoint import Endpoint, daemon_pid

HOSTILE = '/opt/my env/100% "sure" $HOME \\n/python'


def units(instance) -> Path:
    return instance.root / "config" / "systemd" / "user"


def verified(folder: Path, instance) -> subprocess.CompletedProcess[str]:
    """What systemd says of units; Debian's package `systemd` has the tool."""
    return subprocess.run(
        ["systemd-analyze", "--user", "verify", *sorted(folder.glob("difd*"))],
        env=instance.environment,
        capture_output=True,
        text=True,
        check=False,
    )


def listens(path: Path) -> bool:
    """Whether somebody listens on a socket; to connect would start what waits behind it."""
    sockets = Path("/proc/net/unix").read_text().splitlines()[1:]
    return any(line.split()[3] == "00010000" and line.endswith(f" {path}") for line in sockets)


def contents(folder: Path) -> list[str]:
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*"))


@pytest.fixture
def activated(instance):
    """A daemon that systemd's tool starts at the first connection, from the unit's own command."""
    assert instance.difctl("daemon", "enable").returncode == 0
    unit = configparser.ConfigParser(strict=False, interpolation=None)
    unit.read(units(instance) / "difd.service")
    command = shlex.split(unit["Service"]["ExecStart"])
    instance.endpoint.runtime.mkdir(mode=0o700, exist_ok=True)
    listener = subprocess.Popen(
        [
            "systemd-socket-activate",
            f"--listen={instance.endpoint.socket}",
            *(f"--setenv={name}" for name in instance.environment),
            *command,
        ],
        env=instance.environment,
        stderr=subprocess.DEVNULL,
    )
    wait_until(lambda: listens(instance.endpoint.socket))
    yield listener
    listener.kill()
    listener.wait()


def test_systemd_accepts_the_units(instance):
    assert "systemd starts it when it is needed" in instance.difctl("daemon", "enable").stdout
    judged = verified(units(instance), instance)
    assert (judged.returncode, judged.stderr) == (0, "")


def test_systemd_starts_the_daemon_at_the_login_if_folders_are_watched(instance, tmp_path):
    assert instance.difctl("daemon", "enable").returncode == 0
    unit = configparser.ConfigParser(strict=False, interpolation=None)
    unit.read(units(instance) / "difd-watch.service")
    mark = Path(unit["Unit"]["ConditionPathExists"])
    assert not mark.exists()
    assert instance.difctl("watch", "add", tmp_path).returncode == 0
    assert mark.exists()
    instance.difctl("daemon", "stop")
    assert mark.exists()
    subprocess.run(shlex.split(unit["Service"]["ExecStart"]), env=instance.environment, check=True)
    assert daemon_pid(instance.endpoint) is not None
    assert instance.difctl("watch", "remove", tmp_path).returncode == 0
    assert not mark.exists()
    wanted = units(instance) / "default.target.wants" / "difd-watch.service"
    assert wanted.resolve() == units(instance) / "difd-watch.service"


def test_enabling_and_disabling_twice_is_as_once_and_leaves_no_trace(instance):
    before = contents(instance.root / "config")
    assert instance.difctl("daemon", "enable").returncode == 0
    once = contents(instance.root / "config")
    assert instance.difctl("daemon", "enable").returncode == 0
    assert contents(instance.root / "config") == once
    wanted = units(instance) / "sockets.target.wants" / "difd.socket"
    assert wanted.resolve() == units(instance) / "difd.socket"
    assert instance.difctl("daemon", "disable").returncode == 0
    assert instance.difctl("daemon", "disable").returncode == 0
    assert contents(instance.root / "config") == before
    assert not instance.processes()


def test_units_of_others_stay(instance):
    other = units(instance) / "sockets.target.wants" / "other.socket"
    other.parent.mkdir(parents=True)
    other.write_text("[Socket]\n")
    instance.difctl("daemon", "enable")
    instance.difctl("daemon", "disable")
    assert contents(units(instance)) == [
        "sockets.target.wants",
        "sockets.target.wants/other.socket",
    ]


def test_units_of_a_package_that_the_user_switched_on_are_seen_and_switched_off(instance):
    wanted = units(instance) / "sockets.target.wants" / "difd.socket"
    wanted.parent.mkdir(parents=True)
    wanted.symlink_to(SHARED / "difd.socket")  # as `systemctl --user enable difd.socket` does
    assert UserUnits().is_enabled()
    assert instance.difctl("daemon", "disable").returncode == 0
    assert not os.path.lexists(wanted)


def by_hand(path: Path, _folder: Path) -> None:
    path.write_text("[Unit]\nDescription=mine\n")


def by_link(path: Path, folder: Path) -> None:
    (folder / "precious").write_text("[Unit]\n")
    path.symlink_to(folder / "precious")


def by_mask(path: Path, _folder: Path) -> None:
    path.symlink_to("/dev/null")


@pytest.mark.parametrize("made", [by_hand, by_link, by_mask])
@pytest.mark.parametrize(
    "name", ["difd.socket", "difd.service", "default.target.wants/difd-watch.service"]
)
def test_a_unit_that_somebody_else_made_is_left_alone(instance, name, made):
    path = units(instance) / name
    path.parent.mkdir(parents=True)
    made(path, instance.root)
    before = [(place, place.lstat().st_ctime_ns) for place in units(instance).rglob("*")]
    content = path.read_text()
    for command in ("enable", "disable"):
        answer = instance.difctl("daemon", command)
        assert answer.returncode == 3
        assert "was not written by difctl and was left alone: " in answer.stderr
        assert str(path) in answer.stderr
    after = [(place, place.lstat().st_ctime_ns) for place in units(instance).rglob("*")]
    assert after == before
    assert path.read_text() == content


def test_a_unit_names_any_path_as_it_is(instance, tmp_path):
    python = tmp_path / "my env" / "100% $HOME"
    python.parent.mkdir()
    python.symlink_to(sys.executable)
    place = Endpoint(runtime=Path("/run/user/1/50% off/difd"), state=Path("/x"))
    texts = unit_texts(place, [str(python), "-m", "difd"], {"XDG_STATE_HOME": '/a "b" %h'})
    for name, text in texts.items():
        (tmp_path / name).write_text(text)
    assert "ListenStream=/run/user/1/50%% off/difd/difd.sock\n" in texts["difd.socket"]
    judged = verified(tmp_path, instance)
    assert (judged.returncode, judged.stderr) == (0, "")


def test_status_says_whether_it_is_enabled_and_since_when_it_runs(instance):
    instance.difctl("daemon", "start")
    before = json.loads(instance.difctl("daemon", "status", "--json").stdout)
    assert before["enabled"] is False
    assert before["since"][:4] == time.strftime("%Y")
    assert instance.difctl("daemon", "enable").returncode == 0
    assert not instance.processes()
    instance.difctl("daemon", "start")
    assert json.loads(instance.difctl("daemon", "status", "--json").stdout)["enabled"] is True
    assert "since 2" in instance.difctl("daemon", "status").stdout


def test_a_connection_starts_the_daemon_and_status_does_not(instance, activated, tmp_path):
    status = instance.difctl("daemon", "status")
    assert status.returncode == 3
    assert status.stderr.startswith("difctl: No daemon is running.")
    assert daemon_pid(instance.endpoint) is None
    album(tmp_path / "album")
    found = instance.difctl("search", tmp_path / "album", "--json")
    assert len(json.loads(found.stdout)["groups"]) == 2
    status = json.loads(instance.difctl("daemon", "status", "--json").stdout)
    assert status["pid"] == activated.pid


def test_a_daemon_leaves_the_supervisors_socket_in_its_place(instance, activated):
    assert instance.difctl("daemon", "start").stdout == "The daemon was started.\n"
    assert instance.difctl("daemon", "start").stdout == "The daemon is running already.\n"
    before = instance.endpoint.socket.stat().st_ino
    assert instance.difctl("daemon", "stop").returncode == 0
    assert activated.wait(timeout=10) == 0
    assert instance.endpoint.socket.stat().st_ino == before


def test_the_processes_beside_the_daemon_do_not_take_the_variables_for_theirs(
    instance, activated, tmp_path
):
    instance.difctl("search", album(tmp_path / "album"))
    beside = instance.processes().keys() - {activated.pid}
    assert beside
    for pid in beside:
        assert b"LISTEN_FDS" not in Path(f"/proc/{pid}/environ").read_bytes()


def test_another_socket_than_ours_is_refused(instance):
    with subprocess.Popen(
        [
            "systemd-socket-activate",
            f"--listen={instance.root}/other.sock",
            *(f"--setenv={name}" for name in instance.environment),
            *(sys.executable, "-P", "-m", "difd"),
        ],
        env=instance.environment,
        stderr=subprocess.PIPE,
        text=True,
    ) as daemon:
        wait_until(lambda: listens(instance.root / "other.sock"))
        with socket.socket(socket.AF_UNIX) as line:
            line.connect(str(instance.root / "other.sock"))
            assert daemon.wait(timeout=20) == 3
        assert "difctl daemon enable" in daemon.stderr.read()


@pytest.mark.parametrize("abstract", [False, True])
def test_readiness_and_the_end_are_told_to_the_supervisor(instance, abstract):
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as line:
        place = f"\0difd-{os.getpid()}" if abstract else str(instance.root / "notify")
        line.bind(place)
        line.settimeout(20)
        instance.environment["NOTIFY_SOCKET"] = place.replace("\0", "@")
        daemon = instance.start_daemon()
        assert line.recv(100) == b"READY=1"
        assert daemon_pid(instance.endpoint) == daemon.pid
        assert instance.difctl("daemon", "status").returncode == 0
        daemon.terminate()
        assert line.recv(100) == b"STOPPING=1"
        assert daemon.wait(timeout=10) == 0
    assert daemon_pid(instance.endpoint) is None


def test_a_number_in_the_lock_that_is_another_process_is_no_daemon(instance):
    instance.endpoint.runtime.mkdir(mode=0o700)
    instance.endpoint.lock.write_text(f"{os.getpid()}\n")
    assert daemon_pid(instance.endpoint) is None
    with instance.endpoint.lock.open():
        assert daemon_pid(instance.endpoint) == os.getpid()
    instance.endpoint.lock.write_text("")
    assert daemon_pid(instance.endpoint) is None


def test_a_busy_daemon_is_not_taken_its_socket(instance, tmp_path):
    for number in range(40):
        album(tmp_path / "many" / str(number))
    instance.difctl("search", tmp_path / "many", "--no-wait")
    answer = instance.difctl("daemon", "enable")
    assert answer.returncode == 3
    assert "The daemon is busy; nothing was changed." in answer.stderr
    assert not units(instance).exists()


def test_the_agent_of_macos_is_a_property_list():
    read = plistlib.loads(agent([HOSTILE, "-m", "difd"], {"XDG_STATE_HOME": "/a&b <c>"}))
    assert read["ProgramArguments"] == [HOSTILE, "-m", "difd"]
    assert read["EnvironmentVariables"] == {"XDG_STATE_HOME": "/a&b <c>"}
    assert read["RunAtLoad"] is True


def test_the_run_key_of_windows_quotes_the_program(tmp_path):
    python = tmp_path / "Program Files" / "python.exe"
    python.parent.mkdir()
    assert command_line(str(python)) == f'"{python}" -P -m difd --idle-seconds 0'
    (python.parent / "pythonw.exe").touch()
    assert command_line(str(python)).startswith(f'"{python.parent}/pythonw.exe"')
