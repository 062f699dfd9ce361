"""What is released: both distributions hold all that difd needs to run, and nothing else."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

import pytest

from difd.protocol.version import VERSION

ROOT = Path(__file__).parents[2]
LOOPS = "difd/engine/native/_loops.abi3.so"

pytestmark = pytest.mark.timeout(600)  # the loops are compiled three times


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    """A wheel made from the repository, and one made from the source distribution alone."""
    folder = tmp_path_factory.mktemp("built")
    quick = folder / "cc"
    quick.write_text('#!/bin/sh\nexec cc "$@" -O0\n')  # fast loops are not the subject
    quick.chmod(0o755)
    build(ROOT, "sdist", folder)
    build(ROOT, "wheel", folder / "direct", CC=str(quick))
    with tarfile.open(next(folder.glob("*.tar.gz"))) as sdist:
        sdist.extractall(folder / "source", filter="data")
    build(next((folder / "source").iterdir()), "wheel", folder / "again", CC=str(quick))
    return tuple(next((folder / name).glob("*.whl")) for name in ("direct", "again"))


def build(source: Path, target: str, folder: Path, **environment: str) -> None:
    subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-t", target, "-d", folder],
        cwd=source,
        env={**os.environ, **environment},
        check=True,
        capture_output=True,
    )


def contents(wheel: Path) -> dict[str, int]:
    with zipfile.ZipFile(wheel) as archive:
        return {one.filename: one.CRC for one in archive.infolist()}


@pytest.mark.early
def test_the_source_distribution_makes_the_same_wheel(built):
    direct, again = built
    assert contents(direct) == contents(again)


def test_every_file_of_the_packages_is_in_the_wheel(built):
    tracked = subprocess.run(
        ["git", "ls-files", "-z", "daemon", "clients", "shell_integration"],
        cwd=ROOT,
        check=True,
        capture_output=True,
        text=True,
    ).stdout.split("\0")
    files = {name.split("/", 1)[1] for name in tracked if name.count("/") > 1}
    released = {name for name in contents(built[0]) if ".dist-info/" not in name}
    sources = {name for name in files if name.endswith((".c", ".h", ".po", ".pot"))}
    compiled = {name.removesuffix(".po") + ".mo" for name in sources if name.endswith(".po")}
    assert len(compiled) == 3
    assert released == files - sources | compiled | {LOOPS}
    assert "-cp311-abi3-linux_" in built[0].name, "one for every Python from 3.11 on"
    assert {f"{package}/py.typed" for package in ("difd", "difclient", "difshell")} <= files


def test_without_a_compiler_the_wheel_is_for_all_machines_and_says_what_is_missing(tmp_path):
    build(ROOT, "wheel", tmp_path, CC="/nowhere/cc")
    (wheel,) = tmp_path.glob("*-py3-none-any.whl")
    assert LOOPS not in contents(wheel)
    shutil.unpack_archive(wheel, tmp_path, "zip")
    script = "from difd.engine.native.chosen import WHY_NOT, loops; print(loops.__name__, WHY_NOT)"
    said = subprocess.run(
        [sys.executable, "-c", script],
        env={**os.environ, "PYTHONPATH": str(tmp_path)},
        check=True,
        capture_output=True,
        text=True,
    ).stdout
    assert said == ("difd.engine.native.twin there was no C compiler when difd was installed\n")


def test_the_wheel_runs_without_the_repository(built, tmp_path):
    shutil.unpack_archive(built[0], tmp_path, "zip")
    where = "import difclient, difd, difshell; print(difd.__file__, difclient.__file__)"
    environment = {"PYTHONPATH": str(tmp_path), "PATH": "/nowhere"}
    run = subprocess.run(
        [sys.executable, "-P", "-c", where],
        env=environment,
        check=True,
        capture_output=True,
        text=True,
    )
    assert all(file.startswith(str(tmp_path)) for file in run.stdout.split())
    version = subprocess.run(
        [sys.executable, "-P", "-m", "difclient", "--version"],
        env=environment,
        check=True,
        capture_output=True,
        text=True,
    )
    assert version.stdout == f"difctl {VERSION}\n"
