"""The registry, which only Windows has."""

from __future__ import annotations

import importlib
from typing import Any


def registry() -> Any:  # noqa: ANN401  a module that only Windows has
    """Python's module for it.

    Raises:
        ImportError: this is no Windows.
    """
    return importlib.import_module("winreg")
