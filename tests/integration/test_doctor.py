"""`difctl doctor` says what is broken and what to do; what it writes for others tells no secret."""

from __future__ import annotations

import json
import os
import sqlite3
import stat
from contextlib import closing

import pytest
from harness.photos import album

from difclient import examination
from difd.engine.native.chosen import VARIABLE
from difd.protocol.remote import user_remote_files
from difd.service.examination.places import directories
from difd.store.action_journal import ActionJournal
from difd.store.cache.layout import default_directory, index_path
from difd.store.settings_file import settings_path

NOISE = b"no database at all" * 500


def looked_at(instance, code: int) -> dict[tuple[str, str], dict]:
    """What the doctor found, by section and name."""
    answer = instance.difctl("doctor", "--json", timeout=110)
    document = json.loads(answer.stdout)
    assert answer.returncode == code, answer.stdout
    assert document["ok"] is (code == 0)
    return {(check["section"], check["name"]): check for check in document["checks"]}


def test_a_sound_difd_is_called_so_and_nothing_is_started_or_made(instance):
    found = looked_at(instance, 0)
    # Which file managers are here is the machine's affair.
    assert {section for section, _ in found} - {"File managers"} == {
        *("Versions", "Daemon", "Directories", "Settings", "Limits", "Journals and cache"),
        *("Desktop", "Engine"),
    }
    for name in ("JPEG", "PNG", "WEBP", "TIFF", "GIF", "AVIF", "HEIF", "JXL", "camera raw"):
        assert found["Engine", name]["state"] == "good", name
    assert found["Engine", "search"]["says"] == "in 9 test pictures, the copy was found"
    assert found["Engine", "inner loops"]["says"] == "compiled"
    assert "does not run" in found["Daemon", "daemon"]["says"]
    assert not instance.processes()
    assert not instance.endpoint.state.exists()
    assert not instance.endpoint.runtime.exists()


def test_loops_that_are_not_compiled_are_said_and_all_is_found_without_them(instance):
    instance.environment[VARIABLE] = "twin"
    found = looked_at(instance, 0)
    assert found["Engine", "search"]["says"] == "in 9 test pictures, the copy was found"
    loops = found["Engine", "inner loops"]
    assert loops["state"] == "doubtful"
    assert loops["says"].endswith("more slowly: DIFD_LOOPS says so")
    assert "apt install gcc python3-dev" in loops["hint"]


def test_menus_that_were_changed_are_named(instance):
    assert instance.difctl("integrate", "install", "dolphin").returncode == 0
    menu = next(instance.root.rglob("kio/servicemenus/*.desktop"))
    menu.write_text(menu.read_text() + "# mine\n")
    check = looked_at(instance, 0)["File managers", "dolphin"]
    assert check["state"] == "doubtful"
    assert "Its entries were changed by somebody else" in check["says"]
    assert check["hint"] is None, "installing once more would be refused"


def test_a_daemon_that_answers_is_well(instance, tmp_path):
    instance.difctl("search", album(tmp_path / "album"))
    found = looked_at(instance, 0)
    (pid,) = instance.daemons()
    assert f"answers, process {pid}," in found["Daemon", "daemon"]["says"]
    for name in ("searches", "actions", "ignore list", "watch list", "cache"):
        assert found["Journals and cache", name]["says"].startswith("sound, "), name
    assert found["Journals and cache", "unfinished actions"]["says"] == "none"


def test_what_is_broken_is_named_with_what_to_do(instance):
    endpoint = instance.endpoint
    endpoint.state.mkdir(mode=0o700)
    endpoint.journal.write_bytes(NOISE)
    endpoint.runtime.mkdir(mode=0o755)
    index_path(default_directory()).parent.mkdir(parents=True)
    index_path(default_directory()).write_bytes(NOISE)
    settings_path().parent.mkdir()
    settings_path().write_text("[search]\npx_size = 7\n")
    user_remote_files().set_listening("127.0.0.1:5690")
    (user_remote_files().folder / "listen").chmod(0o644)
    with (
        closing(ActionJournal(endpoint.action_journal)),
        closing(sqlite3.connect(endpoint.action_journal)) as database,
        database,
    ):
        database.execute("INSERT INTO items VALUES ('a', 0, 'doing', x'80')")
    found = looked_at(instance, 4)
    assert {place for place, check in found.items() if check["state"] == "broken"} == {
        ("Directories", "runtime"),
        ("Settings", "configuration"),
        ("Settings", "other machines"),
        ("Journals and cache", "searches"),
        ("Journals and cache", "cache"),
    }
    assert all(check["hint"] for check in found.values() if check["state"] != "good")
    assert "search.px_size is 7" in found["Settings", "configuration"]["says"]
    assert found["Journals and cache", "unfinished actions"]["state"] == "doubtful"
    assert endpoint.journal.read_bytes() == NOISE


@pytest.mark.usefixtures("instance")
def test_a_directory_that_cannot_be_made_is_broken(monkeypatch, tmp_path):
    (tmp_path / "file").touch()
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "file"))
    found = list(directories("Directories"))
    (state,) = (finding for finding in found if finding.name == "state")
    assert state.state == "broken"
    assert "cannot be made" in state.says
    assert {finding.state for finding in found if finding.name != "state"} == {"good"}


def test_an_engine_that_cannot_be_imported_takes_nothing_else_with_it(instance, tmp_path):
    (tmp_path / "numpy").mkdir()
    (tmp_path / "numpy" / "__init__.py").write_text("raise ImportError('no such thing')")
    path = instance.environment.get("PYTHONPATH", "")
    instance.environment["PYTHONPATH"] = f"{tmp_path}{os.pathsep}{path}"
    found = looked_at(instance, 4)
    broken = {place for place, check in found.items() if check["state"] == "broken"}
    assert broken == {("Engine", "Engine")}
    assert "ImportError: no such thing" in found["Engine", "Engine"]["says"]


def test_an_examination_that_dies_is_a_finding(instance, monkeypatch, tmp_path):
    (tmp_path / "msgspec").mkdir()
    (tmp_path / "msgspec" / "__init__.py").write_text("raise SystemExit('dead')")
    monkeypatch.setenv("PYTHONPATH", f"{tmp_path}{os.pathsep}{os.environ.get('PYTHONPATH', '')}")
    (finding,) = examination.engine()
    assert finding.state == "broken"
    assert finding.says == "ended with status 1: dead"
    assert not instance.processes()


def test_terminals_without_marks_get_words(instance):
    instance.environment["PYTHONIOENCODING"] = "ascii"
    answer = instance.difctl("doctor", timeout=110)
    assert answer.returncode == 0
    assert "  ok  difd " in answer.stdout
    assert answer.stdout.isascii()


@pytest.fixture
def secrets(instance, tmp_path) -> list[str]:
    """Everything was done that may be logged, with secrets around; these are they."""
    instance.environment["SECRET_TOKEN"] = "env-5ecret"  # noqa: S105  a sham
    instance.environment["AWS_SECRET_ACCESS_KEY"] = "aws-5ecret"  # noqa: S105  a sham
    (tmp_path / "album").mkdir()
    (tmp_path / "album" / "id_rsa.jpg").write_text("key-5ecret")
    settings_path().parent.mkdir(exist_ok=True)
    settings_path().write_text('[daemon]\nlog_level = "debug"\n')
    instance.difctl("search", album(tmp_path / "album"))
    instance.difctl("keys", "show")
    instance.difctl("daemon", "listen", "--address", "127.0.0.1:0")
    instance.difctl("daemon", "listen", "--address", "127.0.0.1:56901")
    instance.difctl("trash", "last", "--yes")
    instance.difctl("undo")
    instance.difctl("search", tmp_path / "nothing there")
    instance.difctl("daemon", "restart")
    files = user_remote_files()
    pairs = [
        json.loads((files.folder / name).read_bytes()) for name in ("client.key", "daemon.key")
    ]
    return ["env-5ecret", "aws-5ecret", "key-5ecret", *(pair["secret"] for pair in pairs)]


def test_neither_log_nor_report_holds_a_secret_and_paths_can_be_hidden(instance, secrets, tmp_path):
    shown, unseen = tmp_path / "shown.txt", tmp_path / "unseen.txt"
    assert instance.difctl("doctor", "--report", shown, timeout=110).returncode == 0
    hiding = instance.difctl("doctor", "--report", unseen, "--hide-paths", timeout=110)
    assert hiding.returncode == 0
    log = instance.endpoint.log.read_text()
    for secret in secrets:
        for text in (log, shown.read_text(), unseen.read_text()):
            assert secret not in text
    assert " serves, pid " in shown.read_text()
    assert str(instance.root) in shown.read_text()
    assert "daemon.log_level: 'debug'" in shown.read_text()
    assert str(instance.root) not in unseen.read_text()
    assert str(tmp_path) not in unseen.read_text()
    assert "<state>/difd.log" in unseen.read_text()
    assert stat.S_IMODE(shown.stat().st_mode) == 0o600


def test_a_report_replaces_nothing(instance, tmp_path):
    (tmp_path / "mine").write_text("kept")
    answer = instance.difctl("doctor", "--report", tmp_path / "mine", timeout=110)
    assert answer.returncode == 2
    assert "File exists" in answer.stderr
    assert (tmp_path / "mine").read_text() == "kept"
    assert instance.difctl("doctor", "--hide-paths").returncode == 2


def test_status_says_where_the_log_is(instance):
    instance.difctl("daemon", "start")
    assert f"Log: {instance.endpoint.log}\n" in instance.difctl("daemon", "status").stdout
    status = json.loads(instance.difctl("daemon", "status", "--json").stdout)
    assert status["log"] == str(instance.endpoint.log)
