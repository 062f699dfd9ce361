"""A real Python for Windows under wine, made of registry packages: Windows to run difd on.

The wheel of panda3d carries python311.dll and the extension modules of the standard library, the
Python that runs the tests lends the rest of it, and mingw-w64 compiles what is missing: the few
lines of python.exe and pythonw.exe, python3.dll, which hands on to python311.dll, and what wine 8
lacks of bcryptprimitives.dll. With difd's own packages and its native core that takes a minute.
"""

from __future__ import annotations

import os
import selectors
import shutil
import subprocess
import sys
import sysconfig
import tempfile
import time
import zipfile
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Self

ROOT = Path(__file__).resolve().parents[2]

PACKAGES = (
    # numpy 2.2 and later want more of the C library than wine 8 has.
    *("numpy==2.1.3", "blake3", "click", "h11", "Jinja2", "MarkupSafe", "msgspec", "pathspec"),
    *("Pillow", "pillow-heif", "platformdirs", "pyzmq", "rich", "markdown-it-py", "mdurl"),
    *("Pygments", "Send2Trash", "simplejpeg", "starlette", "anyio", "idna", "sniffio"),
    *("typing_extensions", "tomlkit", "uvicorn", "xxhash", "colorama", "pystray", "six"),
    *("desktop-notifier", "bidict", "packaging", "psutil", "rawpy", "pillow-jxl-plugin"),
    *("pytest", "pytest-timeout", "iniconfig", "pluggy", "hypothesis", "sortedcontainers"),
    *("attrs", "piexif"),
)

FOR_TEST_PICTURES = (
    *("scikit-image", "scipy", "lazy-loader", "networkx", "imageio", "tifffile", "pooch"),
    "imagecodecs",
)
"""What the tests make pictures with, 130 MB."""

_WHEELS = ("--only-binary=:all:", "--python-version", "3.11", "--platform", "win_amd64")

_PROGRAM = """
#include <wchar.h>
__declspec(dllimport) int Py_Main(int, wchar_t **);
int wmain(int argc, wchar_t **argv) { return Py_Main(argc, argv); }
"""

_WINDOWLESS = """
#include <windows.h>
#include <stdlib.h>
__declspec(dllimport) int Py_Main(int, wchar_t **);
int WINAPI wWinMain(HINSTANCE a, HINSTANCE b, PWSTR c, int d) { return Py_Main(__argc, __wargv); }
"""

_ENTRY = "int __stdcall DllMainCRTStartup(void *a, unsigned b, void *c) { return 1; }"

_RANDOM = """
#include <windows.h>
BOOLEAN NTAPI SystemFunction036(PVOID, ULONG);
__declspec(dllexport) BOOL WINAPI ProcessPrng(PBYTE data, SIZE_T size) {
    while (size) {
        ULONG part = size > 1 << 20 ? 1 << 20 : (ULONG)size;
        if (!SystemFunction036(data, part)) return FALSE;
        data += part; size -= part;
    }
    return TRUE;
}
"""


@dataclass(frozen=True)
class Done:
    """How a program under wine ended.

    Attributes:
        code: its exit code.
        output: its standard output.
        errors: its standard error.
    """

    code: int
    output: str
    errors: str


class WindowsPython:
    """The Python in a folder, with a Windows of its own.

    Args:
        folder: where it is made, or was made before.
        packages: what is installed into it, by name.
        sources: it runs difd as it lies here; without them, what is installed.
    """

    def __init__(
        self, folder: Path, packages: tuple[str, ...] = PACKAGES, *, sources: bool = True
    ) -> None:
        self.folder = folder
        self.program = folder / "python" / "python.exe"
        self.home = folder / "prefix" / "drive_c"
        places = (ROOT / name for name in ("daemon", "clients", "shell_integration", "tests"))
        self.environment = {
            "PATH": os.environ["PATH"],
            "HOME": str(folder),
            "WINEPREFIX": str(folder / "prefix"),
            "WINEARCH": "win64",
            "WINEDEBUG": "-all",
            "WINEDLLOVERRIDES": "mscoree,mshtml=",
            "LC_ALL": "C.UTF-8",  # by which wine reads the names of files
            "PYTHONUTF8": "1",
            # Beside our sources it would be read here, too, and name files that are not here.
            "PYTHONPYCACHEPREFIX": windows_path(folder / "compiled"),
        }
        if not (folder / "ready").exists():
            self._make(packages)
        if sources:
            self.environment["PYTHONPATH"] = ";".join(map(windows_path, places))
            compile_loops()

    @classmethod
    def beside(cls, other: Self, folder: Path, *, user: str) -> Self:
        """The same Python in another Windows, whose user has this name.

        Args:
            other: the one whose files it shares.
            folder: of that Windows.
            user: the name of the profile.
        """
        made = object.__new__(cls)
        made.folder, made.program = folder, other.program
        made.home = folder / "prefix" / "drive_c"
        changed = {"HOME": str(folder), "WINEPREFIX": str(folder / "prefix"), "USER": user}
        made.environment = other.environment | changed
        made._begin()
        return made

    def start(
        self,
        *arguments: str,
        program: Path | None = None,
        stdin: int = subprocess.DEVNULL,
        **variables: str,
    ) -> subprocess.Popen[bytes]:
        """Start it, or another program of this Windows, and return it running."""
        return subprocess.Popen(
            ["wine", program or self.program, *arguments],
            env=self.environment | variables,
            stdin=stdin,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )

    def run(
        self, *arguments: str, timeout: float = 240, program: Path | None = None, **variables: str
    ) -> Done:
        """Run it to its end; processes that it leaves behind may hold its output open."""
        said = {}
        end = time.monotonic() + timeout
        with (
            self.start(*arguments, program=program, **variables) as process,
            selectors.DefaultSelector() as streams,
        ):
            for stream in (process.stdout, process.stderr):
                assert stream is not None
                said[stream.fileno()] = bytearray()
                streams.register(stream.fileno(), selectors.EVENT_READ)
            while True:
                ended = process.poll() is not None
                ready = streams.select(0.1)
                for key, _ in ready:
                    part = os.read(key.fd, 65536)
                    said[key.fd] += part
                    if not part:
                        streams.unregister(key.fd)
                if ended and not ready:
                    break
                if time.monotonic() > end:
                    process.kill()
                    break
        output, errors = (
            part.decode(errors="replace").replace("\r\n", "\n") for part in said.values()
        )
        return Done(process.returncode, output, errors)

    def difctl(self, *arguments: str, timeout: float = 300) -> Done:
        """Run difctl to its end."""
        return self.run("-P", "-m", "difclient", *arguments, timeout=timeout)

    def end(self) -> None:
        """End every process of this Windows."""
        subprocess.run(["wineserver", "-k"], env=self.environment, check=False)
        subprocess.run(["wineserver", "-w"], env=self.environment, check=False, timeout=60)

    def _make(self, packages: tuple[str, ...]) -> None:
        here = self.folder / "python"
        shutil.rmtree(here, ignore_errors=True)
        (here / "DLLs").mkdir(parents=True)
        # Each of the three waits for something else most of the time.
        with ThreadPoolExecutor() as threads:
            parts = [threads.submit(self._begin), threads.submit(self._make_python, here)]
            if packages:
                place = here / "Lib" / "site-packages"
                # What is never imported need not be compiled.
                install = ("install", "--no-compile", "--target", place, *_WHEELS, *packages)
                parts.append(threads.submit(_pip, *install))
            for part in parts:
                part.result()
        (self.folder / "ready").touch()

    def _make_python(self, here: Path) -> None:
        """Put the programs and the standard library into a folder."""
        stage = self.folder / "stage"
        stage.mkdir(exist_ok=True)
        _pip("download", "-d", stage, *_WHEELS, "panda3d==1.10.16")
        (wheel,) = stage.glob("panda3d-*.whl")
        with zipfile.ZipFile(wheel) as archive:
            for name in archive.namelist():
                if name.startswith("deploy_libs/"):
                    (stage / Path(name).name).write_bytes(archive.read(name))
        for pattern, place in (
            ("python311.dll", here),
            ("VCRUNTIME140*.dll", here),
            ("*.pyd", here / "DLLs"),
            ("lib*.dll", here / "DLLs"),
            ("sqlite3.dll", here / "DLLs"),
        ):
            for file in stage.glob(pattern):
                shutil.copy(file, place)
        left_out = ("site-packages", "lib-dynload", "test", "config-*", "__pycache__")
        library = sysconfig.get_path("stdlib")
        shutil.copytree(
            library, here / "Lib", ignore=shutil.ignore_patterns(*left_out), dirs_exist_ok=True
        )
        self._compile(here, stage)

    def _begin(self) -> None:
        """Make the Windows."""
        for command in (["wineboot", "--init"], ["winecfg", "-v", "win10"]):
            subprocess.run(
                ["wine", *command], env=self.environment, check=True, capture_output=True
            )

    def _compile(self, here: Path, stage: Path) -> None:
        sources = {"python": _PROGRAM, "window": _WINDOWLESS, "entry": _ENTRY, "random": _RANDOM}
        for name, text in sources.items():
            (stage / f"{name}.c").write_text(text)
        library = stage / "python311.dll"
        exported = _mingw("objdump", "-p", library).partition("[Ordinal/Name Pointer] Table")[2]
        names = [line.split()[-1] for line in exported.splitlines() if line.strip()[:1] == "["]
        handed = [f" {name} = python311.{name}" for name in names if name.startswith(("Py", "_Py"))]
        (stage / "python3.def").write_text("\n".join(["LIBRARY python3.dll", "EXPORTS", *handed]))
        _mingw("gcc", "-municode", "-o", self.program, stage / "python.c", library)
        windowless = here / "pythonw.exe"
        _mingw("gcc", "-municode", "-mwindows", "-o", windowless, stage / "window.c", library)
        entry = (stage / "entry.c", stage / "python3.def")
        _mingw("gcc", "-shared", "-nostdlib", "-o", here / "python3.dll", *entry)
        random = (stage / "random.c", "-ladvapi32")
        _mingw("gcc", "-shared", "-o", here / "bcryptprimitives.dll", *random)


def windows_path(path: Path) -> str:
    """A path of this machine as Windows under wine names it."""
    return "Z:" + str(path).replace("/", "\\")


def missing() -> str:
    """What has to be installed before this can be made; empty if nothing has."""
    programs = ("wine", "wineserver", "x86_64-w64-mingw32-gcc", "x86_64-w64-mingw32-objdump")
    lacking = [name for name in programs if shutil.which(name) is None]
    if sys.version_info[:2] != (3, 11):
        lacking.append("Python 3.11, whose standard library it borrows")
    return ", ".join(lacking)


def compile_loops() -> None:
    """Have the native core for Windows beside its sources, as it is now."""
    place = ROOT / "daemon" / "difd" / "engine" / "native"
    sources = [*place.glob("*.c"), *place.glob("*.h"), ROOT / "hatch_build.py"]
    built = place / "_loops.pyd"
    newest = max(file.stat().st_mtime for file in sources)
    if not built.exists() or built.stat().st_mtime < newest:
        command = [sys.executable, ROOT / "hatch_build.py", "--windows", place]
        subprocess.run(command, check=True, capture_output=True)


def _pip(command: str, *arguments: str | Path) -> None:
    environment = os.environ | {"TMPDIR": tempfile.gettempdir()}
    subprocess.run(
        [sys.executable, "-m", "pip", command, "-q", "--no-deps", *arguments],
        check=True,
        capture_output=True,
        env=environment,
    )


def _mingw(tool: str, *arguments: str | Path) -> str:
    command = [f"x86_64-w64-mingw32-{tool}", *arguments]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout
