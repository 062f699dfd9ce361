"""Small files for tests of what becomes of files."""

from __future__ import annotations

import os
from pathlib import Path


def written(folder: Path, name: bytes = b"a.jpg", content: bytes = b"content") -> bytes:
    """Write a file, with the folders above it; its path."""
    folder.mkdir(parents=True, exist_ok=True)
    path = os.path.join(os.fsencode(folder), name)
    with open(path, "wb") as file:
        file.write(content)
    return path


def read(path: bytes | Path) -> bytes:
    """What is in it."""
    with open(path, "rb") as file:
        return file.read()
