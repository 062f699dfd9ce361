"""Tests that run in that Windows: of its seams, and of modules that every system shares."""

from __future__ import annotations

from pathlib import Path

import pytest
from harness.windows_python import ROOT, WindowsPython, windows_path

INSIDE = sorted(
    str(path.relative_to(ROOT)) for path in (ROOT / "tests/windows/inside").glob("test_*.py")
)

KILLED = ("tests/windows/inside/test_actions_there.py",)
"""Takes minutes, as each of its processes is killed at another moment."""

SHARED = (
    "tests/unit/protocol/test_codec.py",
    "tests/unit/jobs/test_board.py",
)


pytestmark = pytest.mark.timeout(900)


def run_tests(windows: WindowsPython, folder: Path, *places: str, timeout: float) -> str:
    """Run test files there, with their own files in a folder; what pytest says at the end."""
    drive = windows.folder / "prefix" / "dosdevices" / "t:"
    (folder / "drive").mkdir()
    drive.unlink(missing_ok=True)
    drive.symlink_to(folder / "drive")
    done = windows.run(
        *("-m", "pytest", "-q", "-p", "no:cacheprovider", "--rootdir", windows_path(ROOT)),
        *("--basetemp", windows_path(folder / "base")),
        *("--tb=short", "--durations=15", *(windows_path(ROOT / place) for place in places)),
        timeout=timeout,
        DIFD_DRIVE="T:\\",
    )
    assert done.code == 0, done.output[-6000:] + done.errors[-2000:]
    return done.output


def test_the_seams_hold_there(windows, tmp_path):
    inside = [path for path in INSIDE if path not in KILLED]
    said = run_tests(windows, tmp_path, *inside, timeout=390)
    print(said)
    assert " passed" in said


@pytest.mark.long
def test_actions_lose_nothing_there(windows, tmp_path):
    assert " passed" in run_tests(windows, tmp_path, *KILLED, timeout=890)


@pytest.mark.long
def test_what_is_shared_holds_there(windows, tmp_path):
    assert " passed" in run_tests(windows, tmp_path, *SHARED, timeout=170)
