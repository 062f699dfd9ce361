"""The Run key of the registry: Windows starts the daemon, and the tray, at the login."""

from __future__ import annotations

import subprocess
import sys
from contextlib import suppress
from pathlib import Path
from typing import Any, Final

from difd.system import registry as system_registry

KEY: Final = r"Software\Microsoft\Windows\CurrentVersion\Run"

SWITCHED: Final = r"Software\Microsoft\Windows\CurrentVersion\Explorer\StartupApproved\Run"
"""Where the Task Manager writes down what the user has switched off: binary values of these names,
whose first byte is odd then."""

DAEMON: Final = ("difd", ("-m", "difd", "--idle-seconds", "0"))
TRAY: Final = ("difd tray", ("-m", "difclient", "tray"))
"""The name of a value, and what Python is started with."""


def command_line(python: str, words: tuple[str, ...] = DAEMON[1]) -> str:
    """What the key holds: Python without a console window, if the installation has it.

    Args:
        python: the interpreter.
        words: its arguments.
    """
    windowless = Path(python).with_name("pythonw.exe")
    program = str(windowless) if windowless.exists() else python
    return subprocess.list2cmdline([program, "-P", *words])


class RunKey:
    """A value in the key of the current user.

    Args:
        started: its name, and what Python is started with.
    """

    def __init__(self, started: tuple[str, tuple[str, ...]] = DAEMON) -> None:
        self._name, self._words = started

    def is_enabled(self) -> bool:
        """Whether the value is there, and the user has not switched it off."""
        switched = self._value(SWITCHED)
        off = isinstance(switched, bytes) and bool(switched[:1]) and bool(switched[0] & 1)
        return self._value(KEY) is not None and not off

    def enable(self) -> str:
        """Write the value, and switch it on."""
        registry = system_registry.registry()
        self._remove(SWITCHED)
        with registry.CreateKey(registry.HKEY_CURRENT_USER, KEY) as key:
            line = command_line(sys.executable, self._words)
            registry.SetValueEx(key, self._name, 0, registry.REG_SZ, line)
        return "Windows starts it from the next login on."

    def disable(self) -> None:
        """Remove the value."""
        for key in (KEY, SWITCHED):
            self._remove(key)

    def _value(self, key: str) -> Any:  # noqa: ANN401  of any kind
        registry = system_registry.registry()
        with suppress(FileNotFoundError), registry.OpenKey(registry.HKEY_CURRENT_USER, key) as held:
            return registry.QueryValueEx(held, self._name)[0]
        return None

    def _remove(self, key: str) -> None:
        registry = system_registry.registry()
        with (
            suppress(FileNotFoundError),
            registry.OpenKey(registry.HKEY_CURRENT_USER, key, 0, registry.KEY_SET_VALUE) as held,
        ):
            registry.DeleteValue(held, self._name)
