"""Compiles loops and catalogues when a wheel is built or the sources are installed.

The loops are those of `difd.engine.native`; the catalogues are what difd says to people in other
languages than English, in `difclient/locale`. The loops need nothing but a C compiler and Python's
headers, and work with every Python from 3.11 on. Where one is missing, the build goes on without
them: numpy and Pillow then do the same, more slowly, and `difctl doctor` says so.

    python hatch_build.py               compiles both beside their sources
    python hatch_build.py TO [FROM]     the loops only, to a folder
    python hatch_build.py --windows TO  the loops only, for 64-bit Windows, with mingw-w64
    DIFD_WHEEL_FOR=windows pip wheel --no-deps .    a wheel for 64-bit Windows, the same way
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import sysconfig
import tempfile
import zlib
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from hatchling.builders.hooks.plugin.interface import BuildHookInterface
from packaging import tags
from setuptools import Distribution, Extension
from setuptools.command.build_ext import build_ext

ROOT = Path(__file__).resolve().parent
PLACE = "difd/engine/native"
SOURCES = ROOT / "daemon" / PLACE
CATALOGUES = ROOT / "clients/difclient/locale"

_COMPILED = [
    *((SOURCES, pattern) for pattern in ("_loops*.so", "_loops*.pyd")),
    (CATALOGUES, "*/LC_MESSAGES/*.mo"),
]

LEAST_PYTHON = "0x030B0000"
"""The extension keeps to what Python 3.11 promises to every later version."""

FLAGS = [
    *("-std=c11", "-O3", "-fvisibility=hidden", "-g0"),
    *("-ffp-contract=off", "-fno-math-errno", "-fno-trapping-math"),
]
"""Sums are taken in the order that is written, on every processor: nothing is fused."""


WHEEL_FOR: Final = "DIFD_WHEEL_FOR"
"""The environment variable that names the other system a wheel is for: `windows`."""

_SEARCHED: Final = ("-Wl,-rpath", "-Wl,-R")
"""Options that write down where libraries are looked for when the program runs."""

MINGW: Final = "x86_64-w64-mingw32-"
"""What Debian's cross compiler for Windows is called."""

WINDOWS_CONFIGURATION: Final = """
#define MS_WINDOWS
#define MS_WIN64
#define HAVE_DECLSPEC_DLL
#define Py_ENABLE_SHARED 1
#define HAVE_LONG_LONG 1
#define HAVE_STDDEF_H 1
#define HAVE_SYS_TYPES_H 1
#define HAVE_WCHAR_H 1
#define PY_FORMAT_SIZE_T "ll"
#define SIZEOF_INT 4
#define SIZEOF_LONG 4
#define SIZEOF_LONG_LONG 8
#define SIZEOF_SHORT 2
#define SIZEOF_SIZE_T 8
#define SIZEOF_VOID_P 8
#define SIZEOF_WCHAR_T 2
#define SIZEOF_TIME_T 8
#define SIZEOF_FLOAT 4
#define SIZEOF_DOUBLE 8
#define ALIGNOF_SIZE_T 8
#define ALIGNOF_MAX_ALIGN_T 16
"""
"""What Python's headers for Windows say, as far as extensions need it: ours are for this system."""


class CompilingHook(BuildHookInterface[Any]):
    """Puts what is compiled into wheels, and beside the sources of an editable installation."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Compile; the loops, if that is possible here."""
        if self.target_name != "wheel":
            return
        self._made = Path(tempfile.mkdtemp(prefix="difd-build-"))
        if version == "editable":
            compile_catalogues(CATALOGUES)
        else:
            build_data["force_include"][str(self._made / "locale")] = "difclient/locale"
            compile_catalogues(self._made / "locale")
        if os.environ.get(WHEEL_FOR) == "windows":
            built = compile_for_windows(self._made)
            build_data["force_include"][str(built)] = f"{PLACE}/{built.name}"
            build_data["pure_python"] = False
            build_data["tag"] = "cp311-abi3-win_amd64"
            return
        try:
            built = compile_loops(SOURCES if version == "editable" else self._made)
        except Exception as error:  # noqa: BLE001  whatever a compiler lacks, difd does without
            self.app.display_warning(
                f"The loops were not compiled, and difd will be slower: {error}"
            )
            return
        if version != "editable":
            build_data["force_include"][str(built)] = f"{PLACE}/{built.name}"
        build_data["pure_python"] = False
        build_data["tag"] = f"cp311-abi3-{_platform()}"

    def finalize(self, _version: str, _build_data: dict[str, Any], _artifact_path: str) -> None:
        """Leave nothing behind."""
        shutil.rmtree(getattr(self, "_made", ""), ignore_errors=True)

    def clean(self, _versions: list[str]) -> None:
        """Remove what was compiled beside the sources."""
        for folder, pattern in _COMPILED:
            for built in folder.glob(pattern):
                built.unlink()


def compile_catalogues(folder: Path) -> None:
    """Compile every catalogue into a folder, which has the languages below it."""
    for path in sorted(CATALOGUES.glob("*/LC_MESSAGES/*.po")):
        to = (folder / path.relative_to(CATALOGUES)).with_suffix(".mo")
        to.parent.mkdir(parents=True, exist_ok=True)
        # Whoever starts meanwhile reads the old one or the new one, never half of it.
        with to.with_suffix(".new").open("wb") as file:
            write_mo(file, read_catalogue(path))
        to.with_suffix(".new").replace(to)


def read_catalogue(path: Path) -> Catalog:
    """A catalogue as it is written; made at no time in particular, so that wheels are equal."""
    with path.open("rb") as file:
        found = read_po(file, locale=path.parts[-3])
    found.creation_date = datetime.fromtimestamp(0, UTC)
    return found


class _Build(build_ext):
    """Leaves no path of this machine in what it links, though this Python was linked so itself."""

    def build_extensions(self) -> None:
        """Compile and link."""
        linker = getattr(self.compiler, "linker_so", None)
        if linker is not None:
            self.compiler.linker_so = [word for word in linker if not word.startswith(_SEARCHED)]
        super().build_extensions()


def compile_loops(
    folder: Path, origin: Path = SOURCES, flags: Sequence[str] = (), linked: Sequence[str] = ("-s",)
) -> Path:
    """Compile the loops into a folder; where they are.

    Args:
        folder: it gets one file, at once and in whole.
        origin: where the sources are.
        flags: more options of the compiler.
        linked: options of the linker.

    Raises:
        Exception: there is no compiler, or it failed; of many kinds.
    """
    msvc = sysconfig.get_platform().startswith("win") and "GCC" not in sys.version
    extension = Extension(
        "_loops",
        [path.name for path in sorted(origin.glob("*.c"))],
        define_macros=[
            ("Py_LIMITED_API", LEAST_PYTHON),
            ("DIFD_VERSION", f'"{_version()}"'),
            ("DIFD_SOURCES", f'"{digest_of(origin)}"'),
        ],
        extra_compile_args=["/O2", "/fp:precise"] if msvc else [*FLAGS, *flags],
        extra_link_args=[] if msvc else [*linked],
        py_limited_api=True,
    )
    folder, here = folder.resolve(), Path.cwd()
    with tempfile.TemporaryDirectory(prefix="difd-compile-") as room:
        command = _Build(Distribution({"name": "difd", "ext_modules": [extension]}))
        command.build_lib, command.build_temp = f"{room}/lib", f"{room}/temp"
        os.chdir(origin)
        try:
            command.ensure_finalized()
            command.run()
        finally:
            os.chdir(here)
        (built,) = Path(room, "lib").iterdir()
        return _put(built, folder)


def compile_for_windows(folder: Path) -> Path:
    """Compile the loops for 64-bit Windows, on another system; where they are.

    They need `python3.dll`, which every Python for Windows has, and no other library of Python's.

    Args:
        folder: it gets one file, at once and in whole.

    Raises:
        OSError, subprocess.CalledProcessError: mingw-w64 is missing, or failed.
    """
    with tempfile.TemporaryDirectory(prefix="difd-compile-") as room:
        headers, objects = Path(room, "include"), Path(room, "objects")
        shutil.copytree(sysconfig.get_path("include"), headers)
        (headers / "pyconfig.h").write_text(WINDOWS_CONFIGURATION, encoding="ascii")
        objects.mkdir()
        defined = [
            f"-DPy_LIMITED_API={LEAST_PYTHON}",
            f'-DDIFD_VERSION="{_version()}"',
            f'-DDIFD_SOURCES="{digest_of()}"',
        ]
        for source in sorted(SOURCES.glob("*.c")):
            target = objects / f"{source.stem}.o"
            _mingw("gcc", *FLAGS, *defined, "-I", headers, "-c", source, "-o", target)
        made = sorted(objects.glob("*.o"))
        # What is asked of Python is all that the library that stands for it has to name.
        wanted = set(re.findall(r"__imp_(_?Py\w+)", _mingw("nm", "-u", *made)))
        names = objects / "python3.def"
        names.write_text("LIBRARY python3.dll\nEXPORTS\n" + "\n".join(sorted(wanted)) + "\n")
        _mingw("dlltool", "-d", names, "-l", objects / "libpython3.a")
        built = objects / "_loops.pyd"
        _mingw("gcc", "-shared", "-s", "-o", built, *made, "-L", objects, "-lpython3")
        return _put(built, folder)


def _mingw(tool: str, *arguments: str | Path) -> str:
    return subprocess.run(  # noqa: S603  a compiler, and files of ours
        [MINGW + tool, *arguments], check=True, stdout=subprocess.PIPE, text=True
    ).stdout


def _put(built: Path, folder: Path) -> Path:
    whole = folder / built.name
    folder.mkdir(parents=True, exist_ok=True)
    # A half-written library must not be there for a moment: whoever loads it would crash.
    shutil.copy(built, whole.with_suffix(".new"))
    whole.with_suffix(".new").replace(whole)
    return whole


def digest_of(origin: Path = SOURCES) -> str:
    """What the sources are, so that a test can tell whether they were compiled since."""
    files = sorted([*origin.glob("*.c"), *origin.glob("*.h")])
    return f"{zlib.crc32(b''.join(path.read_bytes() for path in files)):08x}"


def _version() -> str:
    text = (ROOT / "daemon/difd/protocol/version.py").read_text(encoding="utf-8")
    found = re.search(r'^VERSION = "([^"]+)"', text, re.MULTILINE)
    if found is None:
        raise OSError("difd/protocol/version.py names no version")
    return found[1]


def _platform() -> str:
    """What wheels for this machine are called; which older Linux they run on is not known here."""
    names = tags.platform_tags()
    return next(name for name in names if not name.startswith(("manylinux", "musllinux")))


if __name__ == "__main__":
    if sys.argv[1:2] == ["--windows"]:
        print(compile_for_windows(Path(sys.argv[2])))  # noqa: T201
        sys.exit()
    if len(sys.argv) == 1:
        compile_catalogues(CATALOGUES)
    print(compile_loops(*(map(Path, sys.argv[1:3]) if len(sys.argv) > 1 else [SOURCES])))  # noqa: T201
