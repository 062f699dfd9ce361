"""One Windows for all tests here; DIFD_WINDOWS names a folder that keeps it for the next run."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil
import pytest
from harness.windows_inside import Seams
from harness.windows_python import WindowsPython, missing

from difd.system import locks

collect_ignore = [] if sys.platform == "win32" else ["inside"]
"""What runs in that Windows, and nowhere else."""


@pytest.fixture(scope="session")
def seams(shared: Path, windows: WindowsPython) -> Seams:  # noqa: ARG001  it runs them
    """The tests of the seams, which run there beside all others."""
    return Seams(shared)


@pytest.fixture(scope="session")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder that all test processes have in common."""
    base = tmp_path_factory.getbasetemp()
    return base.parent if "PYTEST_XDIST_WORKER" in os.environ else base


@pytest.fixture(scope="session")
def windows(shared: Path, request: pytest.FixtureRequest) -> Iterator[WindowsPython]:
    """The Python with difd's packages; made by the first test process that needs it.

    The last one that had it ends what still runs in it.
    """
    lacking = missing()
    assert not lacking, f"needs {lacking}; CONTRIBUTING.md says how to have it"
    given = os.environ.get("DIFD_WINDOWS")
    folder = Path(given) if given else shared / "windows"
    folder.mkdir(parents=True, exist_ok=True)
    own = Seams(shared)
    with users(folder) as others:
        made = WindowsPython(folder)
        others.append(os.getpid())
        if any("seams" in getattr(item, "fixturenames", ()) for item in request.session.items):
            own.begin(made)
    yield made
    own.end()
    with users(folder) as others:
        others.remove(os.getpid())
        if not others:
            made.end()


@contextmanager
def users(folder: Path) -> Iterator[list[int]]:
    """The test processes that have it, which may be changed meanwhile, by nobody else."""
    with (folder / "users").open("a+") as file:
        locks.wait(file.fileno())
        file.seek(0)
        pids = [pid for pid in map(int, file.read().split()) if psutil.pid_exists(pid)]
        yield pids
        file.truncate(0)
        file.write(" ".join(map(str, pids)))


@pytest.fixture(scope="session")
def library(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Pictures with three copies, one of them in a folder whose name is not ASCII."""
    folder = tmp_path_factory.mktemp("library")
    from harness.pictures import photo  # noqa: PLC0415  what runs inside has no such packages

    whole = photo(640, 480)
    for number, corner in enumerate(((0, 0), (320, 0), (0, 240), (320, 240))):
        part = whole.crop((*corner, corner[0] + 320, corner[1] + 240))
        part.save(folder / f"{number}.jpg", quality=95)
    inner = folder / "Ärger & Söhne"
    inner.mkdir()
    shutil.copy(folder / "0.jpg", inner / "0 (1).jpg")
    shutil.copy(folder / "1.jpg", folder / "one more.jpg")
    shutil.copy(folder / "1.jpg", inner / "1.jpg")
    return folder


@pytest.fixture
def there(windows: WindowsPython) -> Iterator[WindowsPython]:
    """The Windows, without a daemon afterwards."""
    yield windows
    windows.difctl("daemon", "stop")
