"""Tests that run in that Windows: of its seams, and of modules that every system shares."""

from __future__ import annotations

from pathlib import Path

import pytest
from harness.windows_inside import KILLED, Seams, run_tests
from harness.windows_python import WindowsPython

SHARED = (
    "tests/unit/protocol/test_codec.py",
    "tests/unit/jobs/test_board.py",
)


pytestmark = pytest.mark.timeout(1800)


def passed(windows: WindowsPython, folder: Path, *places: str, timeout: float) -> bool:
    """Whether test files pass there."""
    code, said = run_tests(windows, folder, *places, timeout=timeout)
    assert code == 0, said
    return " passed" in said


def test_the_seams_hold_there(seams: Seams):
    code, said = seams.outcome()
    assert code == 0, said
    assert " passed" in said


@pytest.mark.long
def test_actions_lose_nothing_there(windows, tmp_path):
    assert passed(windows, tmp_path, *KILLED, timeout=890)


@pytest.mark.long
def test_what_is_shared_holds_there(windows, tmp_path):
    assert passed(windows, tmp_path, *SHARED, timeout=170)
