"""Test files that run in that Windows; those of the seams beside what else runs there.

They wait for processes most of the time, as the other tests do: so whoever makes the Windows starts
them, and the test that tells of them, in whichever process it is, waits for their end.
"""

from __future__ import annotations

import json
import os
import threading
import time
from pathlib import Path
from typing import Final

from harness.windows_python import ROOT, WindowsPython, windows_path

KILLED: Final = ("tests/windows/inside/test_actions_there.py",)
"""Takes minutes, as each of its processes is killed at another moment."""

_LONGEST: Final = 800
"""Seconds that the tests of the seams may take."""


def run_tests(
    windows: WindowsPython, folder: Path, *places: str, timeout: float
) -> tuple[int, str]:
    """Run test files there, with their own files in a folder; the code and end of what they say."""
    drive = windows.folder / "prefix" / "dosdevices" / "t:"
    (folder / "drive").mkdir(parents=True)
    drive.unlink(missing_ok=True)
    drive.symlink_to(folder / "drive")
    done = windows.run(
        *("-m", "pytest", "-q", "-p", "no:cacheprovider", "--rootdir", windows_path(ROOT)),
        *("--basetemp", windows_path(folder / "base")),
        # What hangs is ended here; on a busy machine a test may take minutes.
        *("--timeout", str(int(timeout) - 10)),
        *("--tb=short", "--durations=10", *(windows_path(ROOT / place) for place in places)),
        timeout=timeout,
        DIFD_DRIVE="T:\\",
    )
    return done.code, done.output[-6000:] + done.errors[-2000:]


class Seams:
    """The tests of the seams, which are run once for all test processes.

    Args:
        folder: that these processes have in common, for this run alone.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder / "seams"
        self._outcome = self._folder / "outcome.json"
        self._thread: threading.Thread | None = None

    def begin(self, windows: WindowsPython) -> None:
        """Start them, if nobody has."""
        try:
            self._folder.mkdir()
        except FileExistsError:
            return
        self._thread = threading.Thread(target=self._run, args=(windows,))
        self._thread.start()

    def outcome(self) -> tuple[int, str]:
        """Their exit code and the end of what they say, once they have ended."""
        end = time.monotonic() + 2 * _LONGEST
        while not self._outcome.exists():
            assert time.monotonic() < end, "the process that ran them is gone"
            time.sleep(0.2)
        code, said = json.loads(self._outcome.read_text(encoding="utf-8"))
        return code, said

    def end(self) -> None:
        """Wait for them, if this process started them."""
        if self._thread is not None:
            self._thread.join()

    def _run(self, windows: WindowsPython) -> None:
        files = (ROOT / "tests/windows/inside").glob("test_*.py")
        places = sorted(str(path.relative_to(ROOT)) for path in files)
        told: tuple[int, str] = (-1, "they could not be run")
        try:
            kept = (place for place in places if place not in KILLED)
            told = run_tests(windows, self._folder / "run", *kept, timeout=_LONGEST)
        finally:
            part = self._outcome.with_suffix(".part")
            part.write_text(json.dumps(told), encoding="utf-8")
            os.replace(part, self._outcome)
