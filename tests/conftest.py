"""What all tests share: a difd of their own, and the corpus of odd images where it is present."""

from __future__ import annotations

import gc
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import groupby
from pathlib import Path

import pytest
from harness.instance import Instance

# Tests start thousands of processes: compiled anew in each, our modules would be most of the time.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)

# What collecting the tests makes stays to the end: looking for garbage in it takes an eighth of it.
gc.disable()


def pytest_collection_finish() -> None:
    """Look for garbage from now on, but not among the tests."""
    gc.freeze()
    gc.enable()


@pytest.hookimpl(trylast=True)  # after those that are not run were taken out
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with what takes longest: begun last, it keeps one process alone at the end.

    Every process of the tests is given as many that follow each other, and begins with its share.
    Those of one folder stay together, for what is set up for them.
    """
    processes = int(os.environ.get("PYTEST_XDIST_WORKER_COUNT", "1"))
    early = [item for item in items if _is_early(item)]
    others = [item for item in items if not _is_early(item)]
    folders = [list(those) for _, those in groupby(early, lambda item: item.path.parent)]
    ordered: list[pytest.Item] = []
    for number in range(processes):
        share = [item for folder in folders[number::processes] for item in folder]
        size = max(0, (len(items) - len(ordered)) // (processes - number) - len(share))
        ordered += share + others[:size]
        del others[:size]
    items[:] = ordered + others


def _is_early(item: pytest.Item) -> bool:
    # Making a Windows takes a minute, and all there is slow.
    return item.get_closest_marker("early") is not None or item.path.parent.name == "windows"


_FOLDERS = {
    "XDG_RUNTIME_DIR": "run",
    "XDG_STATE_HOME": "state",
    "XDG_CACHE_HOME": "cache",
    "XDG_CONFIG_HOME": "config",
    "XDG_DATA_HOME": "data",
}


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
def instance(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[Instance]:
    """A difd for commands and for clients in the test: its own, ended afterwards.

    With the mark `daemon("shared")` it is one that other tests had before, and others will have:
    starting it is most of their time. It knows their searches and actions, and goes on; its
    settings are the defaults, its trash is empty. What was read once it knows: whoever wants to see
    files being read, or looks at the history, or ends the daemon, or leaves an ignored group or a
    watched folder behind, has to have its own.
    """
    mark = request.node.get_closest_marker("daemon")
    if mark is not None and mark.args == ("shared",):
        root = request.getfixturevalue("shared_root")
        _tidy(root)
        _enter(root, monkeypatch)
        yield Instance(root, dict(os.environ))
        return
    with _made_root() as root:
        _enter(root, monkeypatch)
        made = Instance(root, dict(os.environ))
        try:
            yield made
        finally:
            made.end()


@pytest.fixture(scope="session")
def shared_root() -> Iterator[Path]:
    """The directories of the difd that tests share."""
    with _made_root() as root:
        try:
            yield root
        finally:
            Instance(root, {}).end()


@pytest.fixture(scope="module")
def shared_instance(shared_root: Path) -> Instance:
    """The difd that tests share, for what a module prepares with it for all its tests."""
    # It comes before the `instance` of the tests, and would find the settings of a test before.
    _tidy(shared_root)
    with pytest.MonkeyPatch.context() as patch:
        _enter(shared_root, patch)
        environment = dict(os.environ)
    return Instance(shared_root, environment)


def _tidy(root: Path) -> None:
    """Leave nothing of what tests before put where the next one looks: trash and settings."""
    shutil.rmtree(root / "data" / "Trash", ignore_errors=True)
    shutil.rmtree(root / "config" / "difd", ignore_errors=True)


@contextmanager
def _made_root() -> Iterator[Path]:
    # Not tmp_path: the path of a socket has to be short.
    root = Path(tempfile.mkdtemp(prefix="difd-"))
    try:
        for folder in _FOLDERS.values():
            (root / folder).mkdir(mode=0o700)
        yield root
    finally:
        shutil.rmtree(root)


def _enter(root: Path, patch: pytest.MonkeyPatch) -> None:
    """Make its directories those of the commands and clients that are started from now on."""
    for name in os.environ:
        if name.startswith("XDG_"):
            patch.delenv(name)
    patch.setenv("HOME", str(root / "home"))
    for name, folder in _FOLDERS.items():
        patch.setenv(name, str(root / folder))
