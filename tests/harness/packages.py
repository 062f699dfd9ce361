"""The Debian package, and what is built on the way to it."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
DEBIAN = ROOT / "packaging" / "debian"


def pure_wheel(folder: Path) -> Path:
    """A wheel of difd, quickly: without the compiled loops."""
    return built("wheel", folder, CC="/nowhere/cc")


def built(target: str, folder: Path, **environment: str) -> Path:
    """A distribution of difd: `wheel` or `sdist`."""
    subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-t", target, "-d", folder],
        cwd=ROOT,
        env={**os.environ, **environment},
        check=True,
        capture_output=True,
    )
    (file,) = folder.glob("difd-*.whl" if target == "wheel" else "difd-*.tar.gz")
    return file


def laid_out(wheel: Path, root: Path, release: str, *options: str) -> Path:
    """The tree of the package, in a new folder."""
    build(wheel, "--release", release, "--root", root, *options)
    return root


def package(wheel: Path, folder: Path, release: str, *options: str) -> Path:
    """The package, in a folder."""
    return Path(build(wheel, "--release", release, "--output", folder, *options).strip())


def build(wheel: Path, *options: str | Path) -> str:
    """What the script prints."""
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    done = subprocess.run(
        [sys.executable, DEBIAN / "build.py", wheel, *options],
        # How small the package gets is not the subject.
        env={**os.environ, "PATH": path, "DPKG_DEB_COMPRESSOR_LEVEL": "0"},
        check=False,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout
