"""The compiled loops under test: those of this installation, or of a copy with other ones."""

from __future__ import annotations

import importlib.machinery
import importlib.util
import os
from pathlib import Path
from typing import Any

from difd.engine.native import chosen, twin

FILE = "DIFD_TESTED_LOOPS"
"""The variable that names the library that must be in use, such as one with sanitizers."""

EXAMPLES = 400 if FILE in os.environ else 50
"""How often arguments are tried: many times by who looks for faults of memory."""


def loaded(path: str | Path) -> Any:
    """The loops in a library of their own."""
    loader = importlib.machinery.ExtensionFileLoader("_loops", str(path))
    spec = importlib.util.spec_from_file_location("_loops", path, loader=loader)
    assert spec is not None
    module = importlib.util.module_from_spec(spec)
    loader.exec_module(module)
    return module


def compiled_loops() -> Any:
    """Loops that were compiled; a test that would only see the twins fails."""
    assert chosen.loops is not twin, f"not compiled: {chosen.WHY_NOT}. Run: python hatch_build.py"
    assert os.environ.get(FILE, chosen.loops.__file__) == chosen.loops.__file__
    return chosen.loops
