"""Who installed difd here, and so the command that removes it, mends it, or adds a part to it.

Told by what every installer leaves beside a distribution (PEP 376), and by the marks of those that
make an environment for one program each. Asked when something has to be said, never at the start.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Final, Literal

Installer = Literal["apt", "pip", "pipx", "uv", "uv tool"]

_MARKS: Final[dict[str, Installer]] = {
    "pipx_metadata.json": "pipx",
    "uv-receipt.toml": "uv tool",
}
"""Files at the root of an environment."""

_TOLD: Final[dict[str, Installer]] = {"apt": "apt", "uv": "uv"}
"""What stands in the file INSTALLER; the package for Debian writes it there, too."""

_REMOVING: Final[dict[Installer, str]] = {
    "apt": "sudo apt remove difd",
    "pip": "{python} -m pip uninstall difd",
    "pipx": "pipx uninstall difd",
    "uv": "uv pip uninstall --python {python} difd",
    "uv tool": "uv tool uninstall difd",
}

_AGAIN: Final[dict[Installer, str]] = {
    "apt": "sudo apt install --reinstall difd",
    "pip": "pip install --force-reinstall difd",
    "pipx": "pipx reinstall difd",
    "uv": "uv pip install --python {python} --reinstall difd",
    "uv tool": "uv tool upgrade --reinstall difd",
}

_ADDING: Final[dict[Installer, str]] = {
    # The package has the parts that need nothing else; more goes into no folder of apt's.
    "apt": "pip install 'difd[{part}]', in a virtual environment",
    "pip": "pip install 'difd[{part}]'",
    "pipx": "pipx install --force 'difd[{part}]'",
    "uv": "uv pip install --python {python} 'difd[{part}]'",
    "uv tool": "uv tool install 'difd[{part}]'",
}


def installer() -> Installer:
    """Who installed the difd that runs; `pip` if nothing tells."""
    for name, tool in _MARKS.items():
        if Path(sys.prefix, name).is_file():
            return tool
    from importlib.metadata import (  # noqa: PLC0415  the engine's workers import this, and seldom ask
        PackageNotFoundError,
        distribution,
    )

    try:
        told = (distribution("difd").read_text("INSTALLER") or "").strip()
    except PackageNotFoundError:
        return "pip"
    return _TOLD.get(told, "pip")


def removing() -> str:
    """The command that removes the program."""
    return _REMOVING[installer()].format(python=sys.executable)


def again() -> str:
    """The command that installs it once more, as it was."""
    return _AGAIN[installer()].format(python=sys.executable)


def adding(part: str) -> str:
    """The command that adds what an extra brings.

    Args:
        part: the extra, such as `formats`.
    """
    return _ADDING[installer()].format(part=part, python=sys.executable)
