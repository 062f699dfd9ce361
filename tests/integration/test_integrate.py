"""`difctl integrate`: what it says of file managers, and a third party's plugin from the manual."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest
from harness.menus import OURS, tree

MANUAL = Path(__file__).parents[2] / "docs" / "plugins.md"


def lines(instance, *arguments, code: int = 0) -> dict[str, dict]:
    answer = instance.difctl("integrate", *arguments, "--json")
    assert answer.returncode == code, answer.stdout + answer.stderr
    return {line["name"]: line for line in json.loads(answer.stdout)}


@pytest.fixture
def home(instance) -> Path:
    (instance.root / "home").mkdir()
    return instance.root


def test_status_lists_every_file_manager_and_writes_nothing(instance, home):
    before = tree(home)
    found = lines(instance, "status")
    assert list(found) == OURS
    assert {line["installed"] for line in found.values()} == {"absent"}
    assert tree(home) == before


def test_what_is_installed_is_told_and_removed_without_a_trace(instance, home):
    before = tree(home)
    installed = lines(instance, "install", "nemo", "thunar")
    assert list(installed) == ["nemo", "thunar"]
    once = tree(home)
    assert lines(instance, "install", "nemo", "thunar") == installed
    assert tree(home) == once
    status = lines(instance, "status")
    assert status["nemo"]["installed"] == status["thunar"]["installed"] == "installed"
    assert status["dolphin"]["installed"] == "absent"
    lines(instance, "uninstall")
    assert tree(home) == before
    assert not instance.daemons(), "a menu needs no daemon"


def test_entries_of_another_difctl_are_outdated_until_they_are_installed_again(instance, home):
    old = home / "old" / "difctl"
    old.parent.mkdir()
    old.write_text(f"#!{sys.executable}\nfrom difclient.cli.main import main\n\nmain()\n")
    old.chmod(0o755)
    command = [old, "integrate", "install", "nemo"]
    subprocess.run(command, env=instance.environment, check=True, capture_output=True)
    old.unlink()
    line = lines(instance, "status", "nemo")["nemo"]
    assert (line["installed"], line["works"]) == ("outdated", False)
    assert line["problems"][-1]["fix"] == "difctl integrate install"
    assert lines(instance, "install", "nemo")["nemo"]["installed"] == "installed"


def test_a_refusal_is_told_and_keeps_nothing_from_the_others(instance, home):
    theirs = home / "data" / "nemo" / "actions" / "difd-duplicates-1.nemo_action"
    theirs.parent.mkdir(parents=True)
    theirs.write_text("mine")
    found = lines(instance, "install", "nemo", "dolphin", code=5)
    assert found["dolphin"]["installed"] == "installed"
    assert found["nemo"]["installed"] == "changed"
    (problem,) = found["nemo"]["problems"]
    assert str(theirs) in problem["what"]
    text = instance.difctl("integrate", "status", "nemo").stdout
    assert "changed" in text
    assert theirs.read_text() == "mine"


def test_an_unknown_file_manager_is_wrong_usage(instance):
    answer = instance.difctl("integrate", "install", "winfile")
    assert answer.returncode == 2
    assert answer.stderr == (
        f"difctl: There is no file manager 'winfile'.\ndifd knows: {', '.join(OURS)}\n"
    )


def test_a_table_says_what_helps(instance, home):
    before = instance.difctl("integrate", "status").stdout.splitlines()
    assert before[0].split() == ["file", "manager", "version", "entries", "works"]
    assert len(before) >= 1 + len(OURS)
    (home / "data" / "nemo").symlink_to(home)
    answer = instance.difctl("integrate", "install", "nemo")
    assert answer.returncode == 5
    assert "There is a link" in answer.stdout
    assert "Replace it with what it points to." in answer.stdout


@pytest.fixture
def third_party(instance, tmp_path) -> Path:
    """The example of the manual, built and installed where the instance finds it."""
    manual = MANUAL.read_text()
    source, target = tmp_path / "source", tmp_path / "target"
    source.mkdir()
    for language, name in (("python", "tiny_menu.py"), ("toml", "pyproject.toml")):
        (text,) = re.findall(f"```{language}\n(.*?)```", manual, re.DOTALL)
        (source / name).write_text(text)
    pip = ["-m", "pip", "install", "--quiet", "--no-deps", "--no-build-isolation", "--no-index"]
    subprocess.run([sys.executable, *pip, "--target", target, source], check=True)
    path = instance.environment.get("PYTHONPATH", "")
    instance.environment["PYTHONPATH"] = f"{target}:{path}"
    return target


def test_the_plugin_of_the_manual_is_found_and_works(instance, home, third_party):
    before = tree(home)
    assert list(lines(instance, "status")) == [*OURS, "tiny"]
    assert lines(instance, "install", "tiny")["tiny"]["installed"] == "installed"
    menu = (home / "config" / "tiny" / "menu").read_text().splitlines()
    assert [line.split("\t")[0] for line in menu] == [
        "Find duplicate images",
        "Find similar images",
        "Watch this folder for duplicates",
    ]
    assert all(line.endswith(" -- %F") for line in menu)
    lines(instance, "uninstall", "tiny")
    assert tree(home) == before
    assert third_party.exists()


def test_a_broken_plugin_is_told_and_hides_no_other(instance, home, third_party):
    (third_party / "tiny_menu.py").write_text("raise RuntimeError('oh no')\n")
    found = lines(instance, "status")
    assert list(found) == [*OURS, "tiny"]
    (problem,) = found["tiny"]["problems"]
    assert "oh no" in problem["what"]
    assert instance.difctl("integrate", "install", "tiny").returncode == 5
    assert tree(home / "config") == {}
