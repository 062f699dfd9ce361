"""The private folder `/usr/lib/difd`: difd and the packages that it needs, for one Python.

It is laid out as a virtual environment that also sees the distribution's packages. Everything that
difd starts is started by the Python that it runs in, and so finds the same packages; and what GTK
needs comes from the distribution.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import zipfile
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from releases import Release

FOLDER: Final = "usr/lib/difd"
EXTRAS: Final = "formats"
"""What comes with the package, because nobody can add it to the folder afterwards. The extra
`window` does not: one of its packages is published as source only."""

_GLIBC: Final = "2_34"
"""The newest C library that packages may want: older than the oldest release's."""

_LAUNCHER: Final = """\
#!/{folder}/bin/python3 -I
from {module} import main

main()
"""
"""Isolated: neither the user's environment nor their own packages decide what runs."""

_MODULES: Final = {"difctl": "difclient.__main__", "difd": "difd.service.main"}

_UNUSED: Final = ("tests", "include", "__pycache__", "__pyinstaller")
"""Folders of packages that nothing imports, a fifth of them all."""


def lay_private_folder(root: Path, wheel: Path, release: Release, *, bare: bool) -> None:
    """Write the private folder, and the commands that lead into it.

    Args:
        root: the root of the package.
        wheel: of difd.
        release: what it is for.
        bare: leave out the packages that difd needs; it cannot run then.

    Raises:
        subprocess.CalledProcessError: packages cannot be had.
    """
    folder = root / FOLDER
    packages = folder / "lib" / f"python{release.python}" / "site-packages"
    packages.mkdir(parents=True)
    if bare:
        with zipfile.ZipFile(wheel) as archive:
            archive.extractall(packages)
    else:
        _install(wheel, release, packages)
    for information in packages.glob("*.dist-info"):
        # They are checked by dpkg, which knows the files as well.
        (information / "RECORD").unlink(missing_ok=True)
        (information / "direct_url.json").unlink(missing_ok=True)
        (information / "INSTALLER").write_text("apt\n", encoding="ascii")
    home = f"home = /usr/bin\ninclude-system-site-packages = true\nversion = {release.python}\n"
    (folder / "pyvenv.cfg").write_text(home, encoding="ascii")
    commands = folder / "bin"
    commands.mkdir()
    (commands / "python3").symlink_to(f"../../../bin/python{release.python}")
    (root / "usr/bin").mkdir(parents=True)
    for name, module in _MODULES.items():
        launcher = commands / name
        launcher.write_text(_LAUNCHER.format(folder=FOLDER, module=module), encoding="ascii")
        launcher.chmod(0o755)
        (root / "usr/bin" / name).symlink_to(f"../lib/difd/bin/{name}")


def _install(wheel: Path, release: Release, packages: Path) -> None:
    left_out = packages.parent / "left_out.txt"
    lines = [f"{name} ; python_version < '3'\n" for name in release.provided]
    left_out.write_text("".join(lines), encoding="ascii")
    machine = os.uname().machine
    command: Sequence[str | Path] = (
        *("uv", "pip", "install", "--quiet", "--target", packages, "--link-mode", "copy"),
        *("--python-version", release.python, "--only-binary", ":all:"),
        *("--python-platform", f"{machine}-manylinux_{_GLIBC}"),
        *("--override", left_out, f"difd[{EXTRAS}] @ {wheel.resolve().as_uri()}"),
    )
    subprocess.run(command, check=True)
    left_out.unlink()
    shutil.rmtree(packages / "bin", ignore_errors=True)
    (packages / ".lock").unlink(missing_ok=True)
    for place in sorted(packages.rglob("*"), reverse=True):
        if place.is_dir() and place.name in _UNUSED:
            shutil.rmtree(place)


def bundled(root: Path) -> dict[str, tuple[str, str]]:
    """Version and licence of every package in the private folder, by its name."""
    found = {}
    for path in sorted((root / FOLDER).glob("lib/*/site-packages/*.dist-info/METADATA")):
        head = path.read_text(encoding="utf-8").split("\n\n", 1)[0]
        fields = dict(
            re.findall(r"^(Name|Version|License-Expression|License): (.+)$", head, re.MULTILINE)
        )
        kinds = re.findall(
            r"^Classifier: License :: (?:OSI Approved :: )?(.+)$", head, re.MULTILINE
        )
        licence = fields.get("License-Expression") or ", ".join(kinds) or fields.get("License")
        found[fields["Name"]] = (fields["Version"], licence or "see its files")
    return found
