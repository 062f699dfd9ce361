"""Builds the Debian package from a wheel of difd.

    pip install uv difd-2.0.0-cp311-abi3-linux_x86_64.whl
    python packaging/debian/build.py difd-2.0.0-cp311-abi3-linux_x86_64.whl --release debian-13

It is for one release of a distribution and for the machine's architecture, and needs `dpkg-dev`.
All that the package needs and the distribution lacks is fetched now, so that nothing is at its
installation. DEBFULLNAME and DEBEMAIL name the maintainer, SOURCE_DATE_EPOCH sets all times.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import platform
import re
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Final

from difd.protocol.version import VERSION
from private_folder import lay_private_folder
from releases import RELEASES, Release
from shared_folders import TEMPLATES, lay_shared_folders

_MAINTAINER: Final = ("The difd maintainers", "difd@localhost")

_RECOMMENDED: Final = (
    *("python3-gi", "gir1.2-ayatanaappindicator3-0.1"),  # the tray
    *("python3-nautilus", "python3-caja", "libfm-modules"),  # their file managers show entries
    *("xdg-utils", "less", "desktop-file-utils"),
)


def main() -> None:
    """Build the package that the command line asks for, and print where it is."""
    parser = argparse.ArgumentParser(description="Builds the Debian package from a wheel of difd.")
    parser.add_argument("wheel", type=Path)
    parser.add_argument("--release", choices=RELEASES, default=_this_release())
    parser.add_argument("--output", type=Path, default=Path())
    parser.add_argument("--bare", action="store_true", help="without the packages that difd needs")
    parser.add_argument("--root", type=Path, help="only lay out the package, in this new folder")
    given = parser.parse_args()
    if given.release is None:
        parser.error(f"This is none of {', '.join(RELEASES)}: name one by --release.")
    if given.wheel.name.split("-")[:2] != ["difd", VERSION]:
        parser.error(f"This Python has difd {VERSION}; install the wheel first.")
    release = RELEASES[given.release]
    if given.root is not None:
        given.root.mkdir()
        lay(given.root, given.wheel, release, bare=given.bare)
        return
    with tempfile.TemporaryDirectory(prefix="difd-deb-") as place:
        root = Path(place, "root")
        root.mkdir(mode=0o755)
        lay(root, given.wheel, release, bare=given.bare)
        print(_pack(root, given.output / f"{_file_name(release)}.deb"))  # noqa: T201


def lay(root: Path, wheel: Path, release: Release, *, bare: bool) -> None:
    """Lay out the whole package.

    Args:
        root: an empty folder.
        wheel: of difd.
        release: what the package is for.
        bare: without the packages that difd needs.
    """
    date = int(os.environ.get("SOURCE_DATE_EPOCH", time.time()))
    name, address = _MAINTAINER
    maintainer = f"{os.environ.get('DEBFULLNAME', name)} <{os.environ.get('DEBEMAIL', address)}>"
    lay_private_folder(root, wheel, release, bare=bare)
    lay_shared_folders(root, _version(release), maintainer, date)
    paths = sorted(path for path in root.rglob("*") if not path.is_symlink())
    for path in paths:
        # Wheels have libraries that anybody may execute.
        path.chmod(0o755 if path.is_dir() or path.parent.name == "bin" else 0o644)
    files = [path for path in paths if path.is_file()]
    control = root / "DEBIAN"
    control.mkdir(mode=0o755)
    sums = "".join(f"{_sum(path)}  {path.relative_to(root)}\n" for path in files)
    (control / "md5sums").write_text(sums, encoding="utf-8")
    size = sum(path.stat().st_size + 1023 >> 10 for path in files)
    (control / "control").write_text(_control(root, release, maintainer, size), encoding="utf-8")
    for script in ("postinst", "prerm", "postrm"):
        text = (TEMPLATES / script).read_text(encoding="ascii")
        (control / script).write_text(text.replace("@PYTHON@", release.python), encoding="ascii")
        (control / script).chmod(0o755)


def _sum(path: Path) -> str:
    """What `dpkg --verify` compares."""
    return hashlib.md5(path.read_bytes(), usedforsecurity=False).hexdigest()


def _control(root: Path, release: Release, maintainer: str, size: int) -> str:
    needed = [
        f"python{release.python}",
        f"python3 (>= {release.python}~)",
        f"python3 (<< {release.next_python}~)",
        *release.provided.values(),
        *_libraries(root),
    ]
    head = {
        "Package": "difd",
        "Version": _version(release),
        "Architecture": _architecture(),
        "Maintainer": maintainer,
        "Installed-Size": str(size),
        "Depends": ", ".join(needed),
        "Recommends": ", ".join(_RECOMMENDED),
        "Section": "graphics",
        "Priority": "optional",
    }
    lines = "".join(f"{name}: {text}\n" for name, text in head.items())
    return lines + (TEMPLATES / "description").read_text(encoding="utf-8")


def _libraries(root: Path) -> list[str]:
    """The packages of the shared libraries that ours need and do not bring."""
    binaries = [path for kind in ("*.so", "*.so.*") for path in sorted(root.rglob(kind))]
    if not binaries:
        return []
    with tempfile.TemporaryDirectory(prefix="difd-shlibs-") as place:
        (Path(place) / "debian").mkdir()
        (Path(place) / "debian/control").write_text(
            "Source: difd\n\nPackage: difd\nArchitecture: any\n"
        )
        brought = {f"-l{path.parent.resolve()}" for path in binaries}
        told = subprocess.run(
            [
                "dpkg-shlibdeps",
                "-O",
                "--warnings=0",
                "--ignore-missing-info",
                *sorted(brought),
                *binaries,
            ],
            cwd=place,
            check=True,
            stdout=subprocess.PIPE,
            text=True,
        ).stdout
    return re.sub(r"^shlibs:Depends=", "", told.strip()).split(", ")


def _pack(root: Path, file: Path) -> Path:
    file.parent.mkdir(parents=True, exist_ok=True)
    subprocess.run(
        ["dpkg-deb", "--root-owner-group", "-Zxz", "--build", root, file],
        check=True,
        stdout=sys.stderr,
    )
    return file


def _version(release: Release) -> str:
    return f"{VERSION}+{release.suffix}"


def _file_name(release: Release) -> str:
    return f"difd_{_version(release)}_{_architecture()}"


def _architecture() -> str:
    return subprocess.run(
        ["dpkg", "--print-architecture"],
        check=True,
        stdout=subprocess.PIPE,
        text=True,
    ).stdout.strip()


def _this_release() -> str | None:
    try:
        told = platform.freedesktop_os_release()
    except OSError:
        return None
    name = f"{told.get('ID')}-{told.get('VERSION_ID')}"
    return name if name in RELEASES else None


if __name__ == "__main__":
    main()
