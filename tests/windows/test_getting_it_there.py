"""Getting difd onto a Windows: by pip into a Python that has nothing, and as a zip to unpack."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import time
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from harness.pictures import photo
from harness.windows_python import ROOT, WindowsPython, windows_path

pytestmark = [pytest.mark.long, pytest.mark.timeout(900)]


@pytest.fixture(scope="module")
def fresh(tmp_path_factory) -> Iterator[WindowsPython]:
    """A Windows whose Python has pip and nothing else of the tests'."""
    folder = tmp_path_factory.mktemp("fresh")
    made = WindowsPython(folder, packages=("pip", "distlib"), sources=False)
    limits = folder / "limits.txt"
    limits.write_text("numpy==2.1.3\n")  # what wine 8 can load
    made.environment["PIP_CONSTRAINT"] = windows_path(limits)
    if "PIP_CERT" in os.environ:
        made.environment["PIP_CERT"] = windows_path(Path(os.environ["PIP_CERT"]))
    proxies = {name: os.environ[name] for name in os.environ if name.lower().endswith("_proxy")}
    made.environment |= proxies
    yield made
    made.end()


@pytest.fixture(scope="module")
def wheel(tmp_path_factory) -> Path:
    """difd's wheel for Windows, made on this system."""
    place = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "pip", "wheel", "-q", "--no-deps", "--no-build-isolation"]
    environment = os.environ | {"DIFD_WHEEL_FOR": "windows"}
    subprocess.run([*command, "-w", place, ROOT], env=environment, check=True)
    (made,) = place.glob("difd-*-cp311-abi3-win_amd64.whl")
    return made


@pytest.fixture(scope="module")
def pictures(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("pictures")
    photo(160, 120).save(folder / "a.png")
    shutil.copy(folder / "a.png", folder / "b.png")
    return folder


def finds_the_copy(windows: WindowsPython, difctl: Path, pictures: Path) -> None:
    done = windows.run("search", "--json", windows_path(pictures), program=difctl, timeout=120)
    assert done.code == 0, done
    (group,) = json.loads(done.output)["groups"]
    assert len(group["files"]) == 2


def test_the_wheel_has_the_native_core_and_the_catalogues(wheel):
    names = zipfile.ZipFile(wheel).namelist()
    assert "difd/engine/native/_loops.pyd" in names
    assert "difclient/locale/de/LC_MESSAGES/difd.mo" in names
    assert not [name for name in names if name.endswith((".so", ".c", ".po"))]


def test_pip_brings_all_that_is_needed(fresh, wheel, pictures):
    installed = fresh.run("-m", "pip", "install", "-q", windows_path(wheel), timeout=600)
    assert installed.code == 0, installed
    assert fresh.run("-m", "pip", "check", timeout=120).code == 0
    difctl = fresh.folder / "python" / "Scripts" / "difctl.exe"
    finds_the_copy(fresh, difctl, pictures)
    report = fresh.run("doctor", "--json", program=difctl, timeout=200)
    checks = {check["name"]: check for check in json.loads(report.output)["checks"]}
    assert [one for one in checks.values() if one["state"] == "broken"] == []
    assert checks["inner loops"]["state"] == "good"
    assert fresh.run("daemon", "stop", program=difctl).code == 0


def test_the_zip_is_unpacked_and_runs(fresh, wheel, pictures, tmp_path):
    made = fresh.run(
        windows_path(ROOT / "packaging" / "windows" / "make_zip.py"),
        *("--python", windows_path(fresh.folder / "python")),
        *("--wheel", windows_path(wheel), windows_path(tmp_path)),
        timeout=800,
    )
    assert made.code == 0, made
    (archive,) = tmp_path.glob("difd-*-windows-x64.zip")
    place = tmp_path / "Jörg's programs & (more)"
    with zipfile.ZipFile(archive) as opened:
        opened.extractall(place)
    folder = place / archive.stem
    difctl = folder / "difctl.exe"
    finds_the_copy(fresh, difctl, pictures)
    # It is there for as long as the page is.
    page = fresh.start(program=folder / "difd.exe")
    menu: dict = {}
    end = time.monotonic() + 120
    while menu.get("installed") != "installed" and time.monotonic() < end:
        time.sleep(2)
        status = fresh.run("integrate", "status", "--json", program=difctl)
        (menu,) = json.loads(status.output)
    assert (menu["installed"], menu["works"]) == ("installed", True)
    assert page.poll() is None
    page.kill()
    assert page.communicate(timeout=30) == (b"", b"")
    removed = fresh.run("uninstall", "--yes", program=difctl)
    assert removed.code == 0, removed
    (menu,) = json.loads(fresh.run("integrate", "status", "--json", program=difctl).output)
    assert menu["installed"] == "absent"
    assert "not difd's" not in removed.output
