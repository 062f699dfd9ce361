"""What all tests share: a difd of their own, and the corpus of odd images where it is present."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from harness.instance import Instance

# Tests start thousands of processes: compiled anew in each, our modules would be most of the time.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)


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
    with _own_instance(monkeypatch) as made:
        yield made


@pytest.fixture(scope="module")
def shared_instance() -> Iterator[Instance]:
    """One for the tests of a module that only search: starting it is most of their time.

    A module says so with a fixture `instance` of its own.
    """
    with pytest.MonkeyPatch.context() as patch, _own_instance(patch) as made:
        yield made


@contextmanager
def _own_instance(patch: pytest.MonkeyPatch) -> Iterator[Instance]:
    # Not tmp_path: the path of a socket has to be short.
    root = Path(tempfile.mkdtemp(prefix="difd-"))
    for name in os.environ:
        if name.startswith("XDG_"):
            patch.delenv(name)
    patch.setenv("HOME", str(root / "home"))
    for name, folder in {
        "XDG_RUNTIME_DIR": "run",
        "XDG_STATE_HOME": "state",
        "XDG_CACHE_HOME": "cache",
        "XDG_CONFIG_HOME": "config",
        "XDG_DATA_HOME": "data",
    }.items():
        (root / folder).mkdir(mode=0o700)
        patch.setenv(name, str(root / folder))
    made = Instance(root, dict(os.environ))
    try:
        yield made
    finally:
        made.end()
        shutil.rmtree(root)
