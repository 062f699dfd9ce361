"""The releases that packages are built for: their Python, and what they have that is new enough."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final


@dataclass(frozen=True, slots=True)
class Release:
    """A release of a distribution.

    Attributes:
        suffix: of the package's version; a later release's sorts behind an earlier one's.
        python: its Python, the only one that the package works with.
        provided: packages of the release that are used instead of our own copies, with the least
            version, by the name of the distribution on PyPI.
    """

    suffix: str
    python: str
    provided: Mapping[str, str] = field(default_factory=dict)

    @property
    def next_python(self) -> str:
        """The first version of Python that is too new."""
        major, minor = self.python.split(".")
        return f"{major}.{int(minor) + 1}"


_ON_DEBIAN_12: Final = {
    "h11": "python3-h11 (>= 0.14)",
    "Jinja2": "python3-jinja2 (>= 3.1)",
    "MarkupSafe": "python3-markupsafe (>= 2.0)",
}

_ON_DEBIAN_13: Final = _ON_DEBIAN_12 | {
    "msgspec": "python3-msgspec (>= 0.19)",
    "pathspec": "python3-pathspec (>= 0.12)",
    "platformdirs": "python3-platformdirs (>= 4.3)",
    "pyzmq": "python3-zmq (>= 26.3)",
    "starlette": "python3-starlette (>= 0.46)",
    "tomlkit": "python3-tomlkit (>= 0.13)",
}
"""Without numpy, though it is new enough: it calculates with whichever BLAS is installed, which by
default is the slowest. What Ubuntu has was not looked at."""

RELEASES: Final = {
    "debian-12": Release("deb12", "3.11", _ON_DEBIAN_12),
    "debian-13": Release("deb13", "3.13", _ON_DEBIAN_13),
    "ubuntu-24.04": Release("ubuntu24.04", "3.12"),
    "ubuntu-26.04": Release("ubuntu26.04", "3.14"),
}
"""By `ID-VERSION_ID` of `/etc/os-release`."""
