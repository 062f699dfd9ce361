"""Folders on the same file system, on another one, with a trash, and one for every user."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path

import pytest
from harness.disks import other_disk, small_disk


@pytest.fixture
def elsewhere(tmp_path):
    """An empty folder on another file system."""
    with other_disk(tmp_path) as folder:
        yield folder


@pytest.fixture(params=["same disk", "other disk"])
def target(request, tmp_path):
    """An empty folder to move to."""
    if request.param == "other disk":
        return request.getfixturevalue("elsewhere")
    folder = tmp_path / "target"
    folder.mkdir()
    return folder


@pytest.fixture
def open_folder():
    """A folder that other users may enter, which pytest's own are not."""
    folder = Path(tempfile.mkdtemp(prefix="difd-"))
    folder.chmod(0o777)
    yield folder
    shutil.rmtree(folder)


@pytest.fixture
def data(tmp_path, monkeypatch):
    """Where the trash at home is."""
    folder = tmp_path / "data"
    monkeypatch.setenv("XDG_DATA_HOME", str(folder))
    return folder


@pytest.fixture
def disk(tmp_path):
    """The top of another file system."""
    with small_disk(tmp_path / "disk", "8m") as folder:
        yield folder


@pytest.fixture(params=["home", "top"])
def folder(request, tmp_path, data):
    """A folder of pictures, on the file system of the home or on another."""
    del data
    top = request.getfixturevalue("disk") if request.param == "top" else tmp_path
    made = top / "pictures" / "2024"
    made.mkdir(parents=True)
    return made
