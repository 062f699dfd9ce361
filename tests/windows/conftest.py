"""One Windows for all tests here; DIFD_WINDOWS names a folder that keeps it for the next run."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from harness.windows_python import WindowsPython, missing

collect_ignore = [] if sys.platform == "win32" else ["inside"]
"""What runs in that Windows, and nowhere else."""


@pytest.fixture(scope="session")
def windows(tmp_path_factory: pytest.TempPathFactory) -> Iterator[WindowsPython]:
    """The Python with difd's packages."""
    lacking = missing()
    assert not lacking, f"needs {lacking}; CONTRIBUTING.md says how to have it"
    given = os.environ.get("DIFD_WINDOWS")
    folder = Path(given) if given else tmp_path_factory.mktemp("windows")
    folder.mkdir(parents=True, exist_ok=True)
    made = WindowsPython(folder)
    yield made
    made.end()
