"""Folders on the same file system, on another one, and one that every user may enter."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path

import pytest
from harness.disks import other_disk


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
