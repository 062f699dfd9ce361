"""Debian's clip art: thousands of drawings in PNG, most of them transparent or with a palette."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

CLIP_ART = "openclipart-png"


def clip_art() -> list[Path]:
    """Debian's clip art, fetched once into the user's cache; DIFD_CLIPART names another place."""
    place = os.environ.get("DIFD_CLIPART")
    cache = Path(place) if place else Path.home() / ".cache/difd-tests" / CLIP_ART
    return sorted(path for path in cache.rglob("*.png") if not path.is_symlink())


def fetch_clip_art() -> None:
    cache = Path.home() / ".cache/difd-tests"
    cache.mkdir(parents=True, exist_ok=True)
    command = ["apt-get", "download", CLIP_ART]
    run = subprocess.run(command, cwd=cache, capture_output=True, text=True, check=False)
    if run.returncode:
        pytest.skip(f"needs Debian's {CLIP_ART}: {run.stderr.strip()[-200:]}")
    (package,) = cache.glob(f"{CLIP_ART}*.deb")
    subprocess.run(["dpkg-deb", "-x", package, cache / CLIP_ART], check=True)
    package.unlink()
