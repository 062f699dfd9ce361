"""Who starts the daemon besides its clients: the system's own supervisor, one module for each."""

from __future__ import annotations

from typing import Protocol

from difd.system import facts


class Autostart(Protocol):
    """A way to have the daemon there from the login on. All of it may be done twice."""

    def is_enabled(self) -> bool:
        """Whether it is set up."""

    def enable(self) -> str:
        """Set it up; no daemon may run. Returns a sentence that says from when it counts.

        Raises:
            DifdError: the system cannot do it.
        """

    def disable(self) -> None:
        """Take it away, with everything that `enable` wrote; no daemon may run."""


def user_autostart() -> Autostart:
    """The way of this system; the modules of the others are not even imported."""
    if facts.MACOS:
        from difclient.autostart.launchd import LaunchAgent  # noqa: PLC0415

        return LaunchAgent()
    if facts.WINDOWS:
        from difclient.autostart.run_key import RunKey  # noqa: PLC0415

        return RunKey()
    from difclient.autostart.systemd import UserUnits  # noqa: PLC0415

    return UserUnits()
