"""What difd keeps is used only if nobody else can have written it; else one sentence says so."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from harness.photos import album

STRANGER = 65533

as_root = pytest.mark.skipif(os.getuid() != 0, reason="only root can give a folder away")


@pytest.fixture
def pictures(tmp_path) -> Path:
    return album(tmp_path / "album")


def refusal(instance, *words) -> str:
    """What is said of why a command does nothing, in one sentence and one hint."""
    answer = instance.difctl(*words)
    assert answer.returncode == 3
    assert answer.stdout == ""
    sentence, hint = answer.stderr.splitlines()
    assert sentence.startswith("difctl: ")
    assert hint
    return sentence


def broken(instance) -> dict[str, str]:
    """The directories that the doctor calls broken, and what it says of each."""
    found = json.loads(instance.difctl("doctor", "--json").stdout)
    checks = found["checks"] if isinstance(found, dict) else found
    return {
        check["name"]: check["says"]
        for check in checks
        if check["section"] == "Directories" and check["state"] == "broken"
    }


@as_root
def test_a_cache_that_somebody_planted_in_a_shared_folder_is_not_entered(instance, pictures):
    (instance.root / "cache").chmod(0o1777)
    planted = instance.root / "cache" / "difd"
    (planted / "tensors-2").mkdir(parents=True)
    (planted / "tensors-2" / "index.sqlite").write_text("theirs")
    for path in (planted, *planted.rglob("*")):
        os.chown(path, STRANGER, STRANGER)
    said = refusal(instance, "search", pictures)
    assert f"belongs to another user (uid {STRANGER}), not to you: {planted}" in said
    assert refusal(instance, "cache", "clear") == said
    assert [path.name for path in planted.rglob("*")] == ["tensors-2", "index.sqlite"]
    assert "belongs to another user" in broken(instance)["cache"]
    assert not instance.processes()


@as_root
def test_the_home_of_another_user_is_left_alone(instance, pictures):
    home = instance.root / "home"
    home.mkdir()
    os.chown(home, STRANGER, STRANGER)
    for name in [name for name in instance.environment if name.startswith("XDG_")]:
        del instance.environment[name]
    said = refusal(instance, "search", pictures)
    assert f"belongs to another user (uid {STRANGER}), not to you: {home}" in said
    assert "sudo -H" in instance.difctl("search", pictures).stderr
    assert list(home.iterdir()) == []


@pytest.mark.parametrize("part", ["state", "cache", "config", "run"])
def test_a_folder_that_others_can_write_to_is_refused_with_the_command_that_helps(
    instance, pictures, part
):
    folder = instance.root / part / "difd"
    folder.mkdir(mode=0o700)
    folder.chmod(0o777)
    answer = instance.difctl("search", pictures)
    assert answer.returncode == 3
    command = answer.stderr.splitlines()[1].partition("there: ")[2]
    assert command.startswith("chmod go-")
    subprocess.run(command.split(), check=True)
    assert instance.difctl("search", pictures).returncode == 0


def test_settings_behind_a_link_are_not_read(instance, pictures, tmp_path):
    settings = instance.root / "config" / "difd" / "config.toml"
    settings.parent.mkdir(mode=0o700)
    (tmp_path / "dotfiles.toml").write_text("[search]\npx_size = 60\n")
    settings.symlink_to(tmp_path / "dotfiles.toml")
    assert "is a link" in refusal(instance, "search", pictures)
    hint = instance.difctl("config", "show").stderr.splitlines()[1]
    subprocess.run(hint.partition("place: ")[2], shell=True, check=True)  # noqa: S602  the hint itself
    assert instance.difctl("config", "get", "search.px_size").stdout.startswith("60")


def test_a_journal_that_is_a_link_is_not_opened(instance, pictures, tmp_path):
    instance.endpoint.state.mkdir(mode=0o700)
    instance.endpoint.journal.symlink_to(tmp_path / "elsewhere.sqlite")
    assert "is a link" in refusal(instance, "search", pictures)
    assert not (tmp_path / "elsewhere.sqlite").exists()


def test_no_command_empties_a_folder_of_pictures_in_the_place_of_the_cache(instance, pictures):
    assert instance.difctl("search", pictures).returncode == 0
    instance.difctl("daemon", "stop")
    slabs = instance.root / "cache" / "difd" / "tensors-2" / "slabs"
    slabs.rename(slabs.with_name("before"))
    before = sorted(path.name for path in pictures.rglob("*"))
    pictures.chmod(0o700)
    slabs.symlink_to(pictures)
    for words in (("cache", "info"), ("search", pictures), ("cache", "verify"), ("cache", "clear")):
        assert "is a link" in refusal(instance, *words)
    instance.difctl("uninstall", "--yes")
    assert sorted(path.name for path in pictures.rglob("*")) == before


def test_the_python_api_says_the_same(instance, pictures):
    (instance.root / "cache" / "difd").mkdir()
    (instance.root / "cache" / "difd").chmod(0o777)
    code = "import sys, difd; difd.build(sys.argv[1], show_progress=False)"
    done = subprocess.run(
        [sys.executable, "-c", code, pictures],
        env=instance.environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert "OwnFilesUnsafe: This directory of difd's can be changed by other users." in done.stderr


@pytest.mark.parametrize("home", ["", "home", "./home"])
def test_a_home_that_is_no_path_from_the_root_is_refused(instance, pictures, home):
    """It would be another folder for every process, and looking for it once had no end."""
    instance.environment["HOME"] = home
    assert refusal(instance, "search", pictures) == (
        f"difctl: HOME is {home!r}, and not a path from the root."
    )


def test_a_lock_that_is_another_name_of_a_picture_leaves_that_as_it_is(instance, pictures):
    picture = next(path for path in pictures.rglob("*") if path.is_file())
    before = picture.read_bytes()
    assert instance.difctl("search", pictures).returncode == 0
    lock = instance.endpoint.state / "actions.lock"
    os.link(picture, lock)
    answer = instance.difctl("trash", "last", "--yes")
    assert answer.returncode == 5
    assert f"This file of difd's has another name, a hard link: {lock}" in answer.stdout
    assert "Put a copy in its place: cp -p " in answer.stdout
    assert picture.read_bytes() == before
