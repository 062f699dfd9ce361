"""What the engine host imports, and when."""

from __future__ import annotations

import subprocess
import sys


def test_whoever_looks_at_pictures_does_not_wait_for_what_compares_them():
    host = "difd.service.engine_host"
    script = f"import {host}, sys; sys.exit('difd.engine.pipeline' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", script], check=False).returncode == 0
