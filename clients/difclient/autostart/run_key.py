"""The Run key of the registry: Windows starts the daemon at the login.

Never run here; see `docs/windows.md`.
"""

from __future__ import annotations

import subprocess
import sys
from contextlib import suppress
from pathlib import Path
from typing import Final

from difd.system import registry as system_registry

KEY: Final = r"Software\Microsoft\Windows\CurrentVersion\Run"
NAME: Final = "difd"


def command_line(python: str) -> str:
    """What the key holds: Python without a console window, if the installation has it.

    Args:
        python: the interpreter.
    """
    windowless = Path(python).with_name("pythonw.exe")
    program = str(windowless) if windowless.exists() else python
    return subprocess.list2cmdline([program, "-P", "-m", "difd", "--idle-seconds", "0"])


class RunKey:
    """The value in the key of the current user."""

    def is_enabled(self) -> bool:
        """Whether the value is there."""
        registry = system_registry.registry()
        with (
            suppress(FileNotFoundError),
            registry.OpenKey(registry.HKEY_CURRENT_USER, KEY) as key,
        ):
            registry.QueryValueEx(key, NAME)
            return True
        return False

    def enable(self) -> str:
        """Write the value."""
        registry = system_registry.registry()
        with registry.CreateKey(registry.HKEY_CURRENT_USER, KEY) as key:
            registry.SetValueEx(key, NAME, 0, registry.REG_SZ, command_line(sys.executable))
        return "Windows starts it from the next login on."

    def disable(self) -> None:
        """Remove the value."""
        registry = system_registry.registry()
        with (
            suppress(FileNotFoundError),
            registry.OpenKey(registry.HKEY_CURRENT_USER, KEY, 0, registry.KEY_SET_VALUE) as key,
        ):
            registry.DeleteValue(key, NAME)
