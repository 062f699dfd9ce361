"""What all tests share: a difd of their own, and the corpus of odd images where it is present."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from harness.instance import Instance


def pytest_configure(config: pytest.Config) -> None:
    """Keep compiled loops between tests: each has a cache directory of its own otherwise."""
    os.environ.setdefault("NUMBA_CACHE_DIR", str(config.cache.mkdir("compiled")))


@pytest.fixture
def corpus() -> Path:
    """The folder with `variants` and `hostile`, named by DIFD_CORPUS; tests say if it is absent."""
    place = os.environ.get("DIFD_CORPUS")
    if not place:
        pytest.skip("needs the image corpus: set DIFD_CORPUS to its folder")
    path = Path(place)
    assert (path / "variants").is_dir(), f"DIFD_CORPUS={place} has no folder 'variants'"
    assert (path / "hostile").is_dir(), f"DIFD_CORPUS={place} has no folder 'hostile'"
    return path


@pytest.fixture
def instance(monkeypatch: pytest.MonkeyPatch) -> Iterator[Instance]:
    """A difd of the test's own, for commands and for clients in the test; ended afterwards."""
    # Not tmp_path: the path of a socket has to be short.
    root = Path(tempfile.mkdtemp(prefix="difd-"))
    for name in os.environ:
        if name.startswith("XDG_"):
            monkeypatch.delenv(name)
    monkeypatch.setenv("HOME", str(root / "home"))
    for name, folder in {
        "XDG_RUNTIME_DIR": "run",
        "XDG_STATE_HOME": "state",
        "XDG_CACHE_HOME": "cache",
        "XDG_CONFIG_HOME": "config",
        "XDG_DATA_HOME": "data",
    }.items():
        (root / folder).mkdir(mode=0o700)
        monkeypatch.setenv(name, str(root / folder))
    made = Instance(root, dict(os.environ))
    yield made
    made.end()
    shutil.rmtree(root)
