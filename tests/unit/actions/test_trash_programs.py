"""Other programs of the desktop find what we trashed, bring it back, and are left alone."""

from __future__ import annotations

import os
import shutil
import subprocess

from harness.files import read, written
from harness.trash import everything, trashed


def tool(name: str, package: str) -> str:
    found = shutil.which(name)
    assert found, f"this test needs {name}, of the Debian package {package}"
    return found


def gio(*arguments: str) -> str:
    tool("gio", "libglib2.0-bin")
    session = [tool("dbus-run-session", "dbus"), "--", "gio", "trash", *arguments]
    environment = os.environ | {"LC_ALL": "C.UTF-8"}
    run = subprocess.run(session, check=True, capture_output=True, text=True, env=environment)
    assert "not supported" not in run.stderr, "this test needs the Debian package gvfs"
    return run.stdout


def test_gnome_lists_what_was_trashed_and_restores_it(tmp_path, data):
    path = written(tmp_path, b"50% larger.jpg")
    place = trashed(path)
    listed = gio("--list").splitlines()
    assert [line.split("\t")[1] for line in listed] == [os.fsdecode(path)]
    gio("--restore", listed[0].split("\t")[0])
    assert read(path) == b"content"
    assert not os.path.lexists(place.info)
    assert everything(data / "Trash") == []


def test_trash_cli_lists_what_was_trashed_and_restores_it(folder):
    path = written(folder, "50% größer.jpg".encode())
    place = trashed(path)
    listed = subprocess.run(
        [tool("trash-list", "trash-cli")], check=True, capture_output=True, text=True
    ).stdout
    assert [line.split(" ", 2)[2] for line in listed.splitlines()] == [os.fsdecode(path)]
    subprocess.run(
        [tool("trash-restore", "trash-cli")],
        cwd=folder,
        input="0\n",
        text=True,
        check=True,
        capture_output=True,
    )
    assert read(path) == b"content"
    assert not os.path.lexists(place.info)


def test_what_gnome_trashed_beside_is_left_alone(tmp_path, data):
    del data
    theirs = written(tmp_path)
    gio(os.fsdecode(theirs))
    place = trashed(written(tmp_path, content=b"ours"))
    assert os.path.basename(place.file) == b"a (2).jpg"
    assert sorted(line.split("\t")[1] for line in gio("--list").splitlines()) == [
        os.fsdecode(theirs),
        os.fsdecode(theirs),
    ]
