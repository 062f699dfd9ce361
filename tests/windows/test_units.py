"""Tests that run in that Windows: of its seams, and of modules that every system shares."""

from __future__ import annotations

import pytest
from harness.windows_python import ROOT, WindowsPython, windows_path

SHARED = (
    "tests/unit/protocol/test_codec.py",
    "tests/unit/jobs/test_board.py",
)


pytestmark = pytest.mark.timeout(900)


def run_tests(windows: WindowsPython, *places: str, timeout: float) -> str:
    """Run test files there; what pytest says at the end."""
    done = windows.run(
        *("-m", "pytest", "-q", "-p", "no:cacheprovider", "--rootdir", windows_path(ROOT)),
        *("--tb=short", *(windows_path(ROOT / place) for place in places)),
        timeout=timeout,
    )
    assert done.code == 0, done.output[-6000:] + done.errors[-2000:]
    return done.output


def test_the_seams_hold_there(windows):
    assert " passed" in run_tests(windows, "tests/windows/inside", timeout=170)


@pytest.mark.long
def test_what_is_shared_holds_there(windows):
    assert " passed" in run_tests(windows, *SHARED, timeout=170)
