"""A launchd agent: macOS starts the daemon at the login. Never run here; see `docs/limits.md`."""

from __future__ import annotations

import os
import plistlib
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from difclient.autostart.systemd import VARIABLES
from difd.protocol.errors import DaemonUnreachable
from difd.system import owners

LABEL: Final = "difd"


def agent(command: list[str], environment: Mapping[str, str]) -> bytes:
    """The agent's property list.

    Args:
        command: program and arguments.
        environment: variables that the daemon needs.
    """
    return plistlib.dumps(
        {
            "Label": LABEL,
            "ProgramArguments": command,
            "EnvironmentVariables": dict(environment),
            "RunAtLoad": True,
            # Told to stop it stays away; after a crash it comes back.
            "KeepAlive": {"SuccessfulExit": False},
            "ProcessType": "Background",
            "SoftResourceLimits": {"NumberOfFiles": 65536, "Core": 0},
        }
    )


class LaunchAgent:
    """The agent in the user's library."""

    def __init__(self) -> None:
        self._file = Path.home() / "Library" / "LaunchAgents" / f"{LABEL}.plist"
        self._domain = f"gui/{owners.my_number()}"

    def is_enabled(self) -> bool:
        """Whether launchd finds the agent at the next login."""
        return self._file.exists()

    def enable(self) -> str:
        """Write the agent and have launchd start it.

        Raises:
            DaemonUnreachable: it cannot be written, or launchd refuses it.
        """
        environment = {name: os.environ[name] for name in VARIABLES if name in os.environ}
        command = [sys.executable, "-P", "-m", "difd", "--idle-seconds", "0"]
        if self.is_enabled():
            self.disable()
        try:
            self._file.parent.mkdir(parents=True, exist_ok=True)
            self._file.write_bytes(agent(command, environment))
        except OSError as error:
            raise DaemonUnreachable(
                f"The agent cannot be written: {error.strerror}.", path=os.fsencode(self._file)
            ) from error
        done = self._launchctl("bootstrap", self._domain, str(self._file))
        if done.returncode != 0:
            raise DaemonUnreachable(f"launchctl bootstrap failed: {done.stderr.strip()}")
        return "launchd starts it at every login."

    def disable(self) -> None:
        """Stop the agent and remove it."""
        self._launchctl("bootout", f"{self._domain}/{LABEL}")
        self._file.unlink(missing_ok=True)

    def _launchctl(self, *words: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(  # noqa: S603  arguments as a list
            ["/bin/launchctl", *words],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )
