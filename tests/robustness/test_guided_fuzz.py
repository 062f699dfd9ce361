"""A minute of fuzzing that looks for new ways through the code."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest


@pytest.mark.long
@pytest.mark.timeout(600)
@pytest.mark.parametrize("what", ["codec", "decoder"])
def test_no_input_crashes_or_hangs(what):
    script = Path(__file__).with_name("guided_fuzz.py")
    run = subprocess.run(
        [sys.executable, script, what, "60"], capture_output=True, text=True, check=False
    )
    assert run.returncode == 0, run.stderr[-3000:]
    executed = re.search(r"number_of_executed_units: (\d+)", run.stderr)
    assert executed
    print(f"{what}: {executed[1]} inputs")
