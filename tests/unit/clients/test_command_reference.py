"""The command reference says what the commands say."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

DOCS = Path(__file__).parents[3] / "docs"


def test_the_reference_is_what_the_commands_print(tmp_path):
    written = tmp_path / "commands.md"
    script = DOCS / "command_reference.py"
    subprocess.run([sys.executable, script, written], check=True)
    kept = (DOCS / "commands.md").read_text(encoding="utf-8")
    # Words only: versions of click break lines in different places.
    assert kept.split() == written.read_text(encoding="utf-8").split(), (
        "run: python docs/command_reference.py docs/commands.md"
    )
