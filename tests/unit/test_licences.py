"""Whatever difd is installed with is in the list of licences."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

from packaging.requirements import Requirement

ROOT = Path(__file__).parents[2]
FOR_DEVELOPERS = {"test", "bench", "fuzz", "package"}


def test_every_dependency_is_listed():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    extras = project["optional-dependencies"].items()
    given = project["dependencies"] + [
        line for extra, lines in extras if extra not in FOR_DEVELOPERS for line in lines
    ]
    words = set(re.findall(r"[\w-]+", (ROOT / "docs" / "licences.md").read_text().lower()))
    assert {Requirement(line).name.lower() for line in given} <= words
