"""Makes the zip for Windows: a Python, difd with all that it needs, and two programs that start it.

Unpacked anywhere, `difd.exe` puts difd into Explorer's menu and opens the review page; `difctl.exe`
is the command. Nothing is installed, and nothing outside the folder but the menu's keys, which
`difctl uninstall` takes back.

    python packaging/windows/make_zip.py --python EMBEDDABLE --wheel difd-….whl TO

Run it with a Python for Windows of the same version as the one that goes into the zip: pip decides
by the Python that runs it what else is needed. It needs pip and distlib.
"""

from __future__ import annotations

import argparse
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Final

from distlib.scripts import ScriptMaker

ROOT: Final = Path(__file__).resolve().parents[2]

VERSION: Final = f"python{sys.version_info[0]}{sys.version_info[1]}"
"""What files of this Python's version are called."""

LEFT_OUT: Final = (
    *("site-packages", "__pycache__", "test", "idlelib", "ensurepip", "tkinter", "turtledemo"),
    *("include", "libs", "Scripts", "Tools", "Doc"),
)
"""Of a Python that is not the embeddable one: nothing here needs it."""

PROGRAMS: Final = (
    ("difctl = difclient.__main__:main", False),
    ("difd = difclient.double_click:main", True),
)
"""What is started, and whether it does without a console."""

READ_ME: Final = """\
difd finds duplicate and similar images, and never loses one.

Unpack this folder to where it may stay, then double-click difd.exe: the menu of folders, drives and
images in Explorer (on Windows 11 under "Show more options") gets the entry "Find duplicate images",
and the review page opens in the browser.

difctl.exe is the command. Some of it:

    difctl search %USERPROFILE%\\Pictures
    difctl tray             an icon beside the clock
    difctl uninstall        takes menu, cache and results away; then remove this folder

After moving the folder, double-click difd.exe again.
"""


def main() -> None:
    """Make it."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--python", type=Path, required=True, help="a Python for Windows, unpacked")
    parser.add_argument("--wheel", type=Path, required=True, help="difd's, for Windows")
    parser.add_argument("to", type=Path, help="the folder that gets the zip")
    given = parser.parse_args()
    if not (given.python / f"{VERSION}.dll").exists():
        parser.error(f"there is no {VERSION}.dll in {given.python}: run me by the same version")
    version = given.wheel.name.split("-")[1]
    name = f"difd-{version}-windows-x64"
    folder = given.to / name
    shutil.rmtree(folder, ignore_errors=True)
    put_python(given.python, folder / "python")
    install(given.wheel, folder / "python" / "Lib" / "site-packages")
    make_programs(folder)
    (folder / "README.txt").write_text(READ_ME, encoding="ascii", newline="\r\n")
    shutil.copy(ROOT / "LICENSE", folder / "LICENSE.txt")
    shutil.copy(ROOT / "docs" / "licences.md", folder / "licences.md")
    print(shutil.make_archive(str(folder), "zip", given.to, name))  # noqa: T201


def put_python(origin: Path, target: Path) -> None:
    """Copy a Python, and have it look for modules in its own folder and nowhere else."""
    shutil.copytree(origin, target, ignore=shutil.ignore_patterns(*LEFT_OUT))
    places = [f"{VERSION}.zip", ".", "DLLs", "Lib", r"Lib\site-packages"]
    (target / f"{VERSION}._pth").write_text("\n".join(places) + "\n", encoding="ascii")


def install(wheel: Path, target: Path) -> None:
    """Install difd and what it needs."""
    command = [sys.executable, "-m", "pip", "install", "--quiet", "--only-binary=:all:"]
    packages = [f"{wheel}[formats]"]
    subprocess.run([*command, "--no-compile", "--target", target, *packages], check=True)
    # Programs that name the Python that pip ran in.
    shutil.rmtree(target / "bin", ignore_errors=True)


def make_programs(folder: Path) -> None:
    """Make the programs, which find Python beside them."""
    maker = ScriptMaker(None, str(folder))
    maker.variants = {""}
    maker.executable = r"<launcher_dir>\python\python.exe"  # pythonw.exe for what has no console
    for program, is_windowless in PROGRAMS:
        # `-P`: no module is taken from the folder that a program is started in.
        maker.make(program, {"gui": is_windowless, "interpreter_args": ["-P"]})


if __name__ == "__main__":
    main()
