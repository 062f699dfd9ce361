"""`difctl uninstall`: difd goes without a trace, the settings and everything of others stay."""

from __future__ import annotations

import os

from harness.menus import tree
from harness.photos import album

from difclient.tray import login
from difd.actions.files.lock import action_lock
from difd.protocol.endpoint import prepare_directories
from difd.service.lifecycle import take_state


def test_everything_goes_but_settings_and_pictures(instance, tmp_path):
    (instance.root / "home").mkdir()
    pictures = album(tmp_path / "p")
    (instance.root / "state" / "other").mkdir()
    before, kept = tree(instance.root), tree(pictures)
    instance.difctl("config", "set", "search.px_size", "60")
    settings = instance.root / "config" / "difd"
    login.enable()
    for words in (
        ("integrate", "install", "nemo", "thunar"),
        ("daemon", "enable"),
        ("watch", "add", pictures),
        ("search", pictures),
        ("trash", "last", "--yes"),
    ):
        done = instance.difctl(*words)
        assert done.returncode == 0, done.stderr
    dry = instance.difctl("uninstall", "--dry-run")
    assert "can no longer bring back" in dry.stdout
    assert instance.difctl("undo").returncode == 0
    assert instance.difctl("watch", "remove", pictures).returncode == 0
    gone = instance.difctl("uninstall", "--yes")
    assert gone.returncode == 0, gone.stdout + gone.stderr
    assert "brought back" not in gone.stdout
    assert str(settings) in gone.stdout
    assert tree(pictures) == kept
    assert not instance.processes()
    left = {path for path in tree(instance.root).keys() - before.keys() if "Trash" not in str(path)}
    assert {str(path) for path in left} == {"config/difd", "config/difd/config.toml"}


def test_nobody_is_taken_for_having_agreed(instance):
    before = tree(instance.root)
    refused = instance.difctl("uninstall")
    assert refused.returncode == 5
    assert "no terminal" in refused.stderr
    assert tree(instance.root) == before


def test_what_is_written_down_stays_while_a_script_changes_files(instance, tmp_path):
    instance.difctl("search", album(tmp_path / "p"))
    state = instance.endpoint.state
    with action_lock(state):
        refused = instance.difctl("uninstall", "--yes")
        assert refused.returncode == 5
        assert "An action on files is under way" in refused.stderr
        assert instance.endpoint.action_journal.exists()
    assert instance.difctl("uninstall", "--yes").returncode == 0
    assert not state.exists()


def test_what_others_put_beside_it_stays(instance, tmp_path):
    instance.difctl("search", album(tmp_path / "p"))
    mine = {
        instance.root / "state" / "difd": {"mine.txt", "photos.sqlite", "mine.lock", "difd.logo"},
        instance.root / "cache" / "difd": {"mine.txt"},
    }
    for folder, names in mine.items():
        for name in names:
            (folder / name).write_text("mine")
    (instance.endpoint.state / "difd.log.9").mkdir()
    gone = instance.difctl("uninstall", "--yes")
    assert gone.returncode == 0
    (instance.endpoint.state / "difd.log.9").rmdir()
    for folder, names in mine.items():
        assert f"files in {folder} that are not difd's\n" in gone.stdout
        assert {each.name for each in folder.iterdir()} == names


def test_what_a_daemon_that_began_meanwhile_writes_down_stays(instance):
    state = instance.endpoint.state
    prepare_directories(instance.endpoint)
    instance.endpoint.log.touch()
    held = take_state(instance.endpoint)
    refused = instance.difctl("uninstall", "--yes")
    assert refused.returncode == 5
    assert "A daemon of yours was started meanwhile" in refused.stderr
    assert {path.name for path in state.iterdir()} == {"daemon.lock", "difd.log"}
    os.close(held)
    assert instance.difctl("uninstall", "--yes").returncode == 0
    assert not state.exists()


def test_a_menu_that_somebody_changed_is_left_and_said(instance):
    (instance.root / "home").mkdir()
    instance.difctl("integrate", "install", "nemo")
    (entry, *_) = (instance.root / "data" / "nemo" / "actions").iterdir()
    entry.write_text(entry.read_text() + "# mine\n")
    refused = instance.difctl("uninstall", "--yes")
    assert refused.returncode == 5
    assert "nemo" in refused.stdout
    assert entry.exists()
