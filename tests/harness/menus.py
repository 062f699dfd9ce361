"""Surroundings for menus in tests, and names that want to break out of them."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from difshell.surroundings import Surroundings

OURS = ["nautilus", "nemo", "caja", "thunar", "pcmanfm", "dolphin", "scripts", "applications"]
"""Every menu of difd's own for Linux; the last two are no program's."""

HOSTILE_NAMES = (
    b"plain",
    b"with space",
    b'it\'s "quoted"',
    b"-rf",
    b"--help",
    b"$(touch pwned)",
    b"`touch pwned`",
    b"; touch pwned #",
    b"| touch pwned",
    b"& touch pwned &",
    b"%F %f %U %s 100%",
    b"new\nline\ttab",
    b"back\\slash\\",
    "ünï日本".encode(),
    b"latin \xff",
    b"*?[a]{b,c}~!",
)


def surroundings(root: Path, *, command: str = "/usr/bin/difctl", language: str = "en"):
    """A user's folders below `root`."""
    home = root / "home"
    home.mkdir(exist_ok=True)
    return Surroundings(
        command=(command,),
        home=home,
        data=home / ".local" / "share",
        config=home / ".config",
        records=home / ".local" / "state" / "difd" / "integration",
        language=language,
    )


def recorder(folder: Path) -> Path:
    """A command that writes its arguments down, in a folder whose name wants quotes."""
    path = folder / "it's my (env)" / "difctl"
    path.parent.mkdir(parents=True)
    write_recorder(path)
    return path


def write_recorder(path: Path) -> None:
    """Put a command there that writes its arguments down."""
    path.write_text('#!/bin/sh\nprintf "%s\\0" "$@" >"$0.arguments.new"\n')
    path.write_text(path.read_text() + 'mv "$0.arguments.new" "$0.arguments"\n')
    path.chmod(0o755)


def write_difctl(path: Path) -> None:
    """Put a difctl there, as an installed one is."""
    path.write_text(
        f"#!{sys.executable}\nfrom difclient.cli.main import main\n\nmain()\n", encoding="utf-8"
    )
    path.chmod(0o755)


def recorded(command: Path) -> list[bytes]:
    """The arguments that the command was run with."""
    return (Path(f"{command}.arguments").read_bytes()).split(b"\0")[:-1]


def tree(root: Path) -> dict[str, bytes | None]:
    """Everything below a folder, with the content of files and the targets of links."""
    found: dict[str, bytes | None] = {}
    for path in sorted(root.rglob("*")):
        name = str(path.relative_to(root))
        if path.is_symlink():
            found[name] = os.fsencode(os.readlink(path))
        else:
            found[name] = path.read_bytes() if path.is_file() else None
    return found
