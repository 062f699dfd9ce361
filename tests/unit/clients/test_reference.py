"""The reference says what the commands and the settings say."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

DOCS = Path(__file__).parents[3] / "docs"


@pytest.fixture(scope="module")
def written(tmp_path_factory):
    place = tmp_path_factory.mktemp("docs")
    subprocess.run([sys.executable, DOCS / "reference.py", place], check=True)
    return place


@pytest.mark.parametrize("page", ["commands.md", "settings.md"])
def test_the_reference_is_what_commands_and_settings_say(written, page):
    kept = (DOCS / page).read_text(encoding="utf-8")
    # Words only: versions of click break lines in different places.
    assert kept.split() == (written / page).read_text(encoding="utf-8").split(), (
        "run: python docs/reference.py docs"
    )
