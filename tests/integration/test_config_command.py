"""Settings as users meet them: one file, read again without a restart, the command line wins."""

from __future__ import annotations

import json
import os
import signal
import stat
from pathlib import Path

import pytest
from harness.instance import wait_until
from harness.photos import album

pytestmark = pytest.mark.daemon("shared")


def file_of(instance) -> Path:
    return Path(json.loads(instance.difctl("config", "path", "--json").stdout)["path"])


@pytest.fixture
def folder(tmp_path) -> Path:
    return album(tmp_path / "album")


def options(instance, *arguments) -> dict:
    answer = instance.difctl("search", *arguments, "--json")
    assert answer.returncode == 0, answer.stderr + answer.stdout
    return json.loads(answer.stdout)["options"]


def test_a_setting_becomes_the_default_of_searches_and_the_command_line_wins(instance, folder):
    assert options(instance, folder)["px_size"] == 50
    assert instance.difctl("config", "set", "search.px_size", "60").stdout == (
        "search.px_size = 60\n"
    )
    instance.difctl("config", "set", "search.rotate", "off")
    instance.difctl("config", "set", "search.exclude", "*.tiff", "old/")
    used = options(instance, folder)
    assert (used["px_size"], used["rotate"], used["exclude"]) == (60, False, ["*.tiff", "old/"])
    used = options(instance, folder, "--px-size", "50", "--rotate", "--exclude", "x")
    assert (used["px_size"], used["rotate"], used["exclude"]) == (50, True, ["x"])


def test_the_file_lies_where_xdg_says_and_is_the_owners_alone(instance):
    file = file_of(instance)
    assert file == instance.root / "config" / "difd" / "config.toml"
    assert not file.exists()
    instance.difctl("config", "set", "cache.limit", "100 MB")
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert stat.S_IMODE(file.parent.stat().st_mode) == 0o700


def test_an_edit_by_hand_counts_without_a_restart(instance, folder):
    file = file_of(instance)
    before = instance.daemons()
    file.parent.mkdir(exist_ok=True)
    file.write_text("# mine\n[search]\nsimilarity = 'similar'\n")
    assert options(instance, folder)["similarity"] == 5
    file.write_text("# mine\n[search]\nsimilarity = 7\n")
    assert options(instance, folder)["similarity"] == 7
    file.unlink()
    assert options(instance, folder)["similarity"] == 0
    assert instance.daemons() == before


@pytest.mark.daemon("own")
def test_a_mistake_in_the_file_is_shown_where_it_matters_and_stops_nothing_else(instance, folder):
    file = file_of(instance)
    file.parent.mkdir()
    file.write_text("[search]\npx_size = 'big'\n")
    answer = instance.difctl("search", folder, "--json")
    assert answer.returncode == 2
    error = json.loads(answer.stdout)["error"]
    assert error["code"] == "invalid_configuration"
    assert error["path"] == str(file)
    assert "line 2: search.px_size is 'big', and must be a whole number from 10" in error["message"]
    for command in (["config", "show"], ["config", "get", "search.px_size"]):
        assert instance.difctl(*command).returncode == 2
    for command in (["config", "path"], ["daemon", "status"], ["cache", "info"], ["jobs"]):
        assert instance.difctl(*command).returncode == 0
    instance.difctl("daemon", "restart")
    assert "line 2: search.px_size" in instance.endpoint.log.read_text()
    assert instance.difctl("config", "set", "search.px_size", "40").returncode == 0
    assert options(instance, folder)["px_size"] == 40


def test_a_change_that_is_not_possible_changes_nothing(instance):
    instance.difctl("config", "set", "search.px_size", "60")
    before = file_of(instance).read_bytes()
    for name, value in (("search.px_size", "9"), ("search.size", "60"), ("cache.limit", "1")):
        answer = instance.difctl("config", "set", name, value)
        assert answer.returncode == 2
        assert answer.stderr.startswith("difctl: ")
        assert "Traceback" not in answer.stderr
    assert file_of(instance).read_bytes() == before


@pytest.mark.daemon("own")
def test_a_file_that_cannot_be_written_is_said(instance):
    (instance.root / "config" / "difd").write_text("in the way")
    answer = instance.difctl("config", "set", "search.px_size", "60")
    assert answer.returncode == 2
    assert "The configuration" in answer.stderr
    assert "Traceback" not in answer.stderr + instance.endpoint.log.read_text()


def test_show_and_get_print_what_is_in_force(instance):
    instance.difctl("config", "set", "search.keep", "oldest,bytes")
    shown = json.loads(instance.difctl("config", "show", "--json").stdout)
    assert shown["settings"]["search"]["keep"] == ["oldest", "bytes"]
    assert shown["settings"]["daemon"] == {"idle_minutes": 15.0, "log_level": "info"}
    assert shown["given"] == ["search.keep"]
    assert instance.difctl("config", "get", "search.keep").stdout == "oldest bytes\n"
    assert json.loads(instance.difctl("config", "get", "search.rotate", "--json").stdout) is True
    assert "search.mirror = false   default; true or false\n" in (
        instance.difctl("config", "show").stdout
    )
    refused = instance.difctl("config", "get", "search.rotat")
    assert refused.returncode == 2
    assert "Did you mean search.rotate?" in refused.stderr
    instance.difctl("config", "set", "search.keep", "--default")
    assert json.loads(instance.difctl("config", "show", "--json").stdout)["given"] == []


@pytest.mark.daemon("own")
def test_the_limit_of_the_cache_is_in_force_at_once(instance, folder):
    options(instance, folder)
    instance.difctl("config", "set", "cache.limit", "64 MiB")
    found = json.loads(instance.difctl("cache", "info", "--json").stdout)
    assert found["limit"] == 64 << 20


@pytest.mark.daemon("own")
def test_sighup_reads_the_file_and_the_daemon_leaves_when_it_says(instance):
    daemon = instance.start_daemon()
    file = file_of(instance)
    file.parent.mkdir()
    file.write_text("[daemon]\nidle_minutes = 0.005\n")
    os.kill(daemon.pid, signal.SIGHUP)
    assert daemon.wait(timeout=20) == 0
    assert "the configuration was read" in instance.endpoint.log.read_text()


@pytest.mark.daemon("own")
def test_the_log_says_as_much_as_is_configured(instance):
    instance.difctl("config", "set", "daemon.log_level", "warning")
    instance.difctl("daemon", "stop")
    instance.endpoint.log.unlink()
    instance.difctl("daemon", "start")
    wait_until(instance.endpoint.log.exists)
    assert " serves, pid " not in instance.endpoint.log.read_text()
    instance.difctl("config", "set", "daemon.log_level", "info")
    assert "the configuration was read" in instance.endpoint.log.read_text()


def test_actions_have_their_settings_too(instance, folder):
    options(instance, folder)
    answer = instance.difctl("link", "last", "--dry-run")
    assert answer.returncode == 2
    assert "difctl config set actions.link_kind hard" in answer.stderr
    instance.difctl("config", "set", "actions.link_kind", "hard")
    assert instance.difctl("link", "last", "--dry-run").returncode == 0
    before = json.loads(instance.difctl("trash", "last", "--dry-run", "--json").stdout)
    instance.difctl("config", "set", "actions.only", "tensor")
    after = json.loads(instance.difctl("trash", "last", "--dry-run", "--json").stdout)
    assert len(before["items"]) > 0
    assert after["items"] == []


def test_a_name_alone_empties_no_list(instance):
    instance.difctl("config", "set", "search.keep", "oldest", "bytes")
    refused = instance.difctl("config", "set", "search.keep")
    assert refused.returncode == 2
    assert "--default" in refused.stderr
    assert instance.difctl("config", "get", "search.keep").stdout == "oldest bytes\n"
