"""The corpus of odd images, searched in that Windows and here: the same, result for result."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
from harness.windows_python import windows_path
from harness.windows_results import said

pytestmark = [pytest.mark.long, pytest.mark.timeout(900)]


@pytest.fixture
def writable(corpus, tmp_path) -> Path:
    """A copy of it: what is read-only here is so there in another way, and would not be removed."""
    subprocess.run(["cp", "-a", corpus, tmp_path / "corpus"], check=True)
    subprocess.run(["chmod", "-R", "u+w", tmp_path / "corpus"], check=True)
    # Pillow's wheel for Windows reads WebP in TIFF; that for Linux does not.
    (tmp_path / "corpus" / "hostile" / "hopper_webp.tif").unlink()
    return tmp_path / "corpus"


@pytest.mark.parametrize("similarity", ["duplicates", "similar", "edited"])
@pytest.mark.parametrize("part", ["variants", "hostile"])
def test_the_same_is_found(windows, instance, writable, part, similarity):
    folder = writable / part
    options = ("--json", "--similarity", similarity, "--no-same-dim")
    there = windows.difctl("search", *options, windows_path(folder), timeout=800)
    here = instance.difctl("search", *options, folder, timeout=600)
    assert there.code == here.returncode, there
    assert said(there.output, windows_path(folder)) == said(here.stdout, str(folder))
