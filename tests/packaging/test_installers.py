"""The built files in fresh environments, by each installer, and from each Python that is here."""

from __future__ import annotations

import os
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from harness.packages import built
from harness.photos import album
from harness.roots import Root, bootstrapped

from difd.protocol.version import VERSION

pytestmark = [pytest.mark.long, pytest.mark.timeout(3600)]

TOOLS = Path(sys.executable).parent
TRUSTED = Path("/etc/ssl/certs/ca-certificates.crt")
SUITES = {"trixie": "3.13", "forky": "3.14"}


@pytest.fixture(scope="module", params=["wheel", "sdist"])
def file(request, tmp_path_factory):
    """What is released; the source distribution is compiled by whoever installs it."""
    return built(request.param, tmp_path_factory.mktemp("built"))


@pytest.fixture
def environment(tmp_path):
    """A user who has nothing yet, but pip's settings."""
    home = tmp_path / "home"
    home.mkdir()
    given = {name: text for name, text in os.environ.items() if not name.startswith("XDG_")}
    for name in ("VIRTUAL_ENV", "PYTHONPATH"):
        given.pop(name, None)
    return given | {
        "HOME": str(home),
        "PATH": f"{home}/.local/bin:{TOOLS}:/usr/bin:/bin",
        "XDG_RUNTIME_DIR": "",
        "UV_PYTHON": sys.executable,
        "UV_PYTHON_DOWNLOADS": "never",
        "PIPX_DEFAULT_PYTHON": sys.executable,
    }


def by_pip(home: Path, file: Path) -> tuple[list[str], Path]:
    place = home / "environment"
    words = f"{sys.executable} -m venv {place} && {place}/bin/pip install --quiet {file}"
    return ["sh", "-c", words], place / "bin/difctl"


def by_pipx(home: Path, file: Path) -> tuple[list[str], Path]:
    return ["pipx", "install", "--quiet", str(file)], home / ".local/bin/difctl"


def by_uv(home: Path, file: Path) -> tuple[list[str], Path]:
    return ["uv", "tool", "install", "--quiet", str(file)], home / ".local/bin/difctl"


@pytest.mark.parametrize("way", [by_pip, by_pipx, by_uv])
def test_it_is_installed_finds_pictures_and_tells_how_to_remove_it(
    environment, tmp_path, file, way
):
    home = Path(environment["HOME"])

    def run(*command: str | Path) -> str:
        done = subprocess.run(
            command, env=environment, check=False, capture_output=True, text=True, cwd=home
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    command, difctl = way(home, file)
    run(*command)
    assert run(difctl, "--version") == f"difctl {VERSION}\n"
    assert "2 groups" in run(difctl, "search", album(tmp_path / "album"))
    assert "inner loops         compiled" in run(difctl, "doctor")
    told = run(difctl, "uninstall", "--yes").strip().splitlines()[-1]
    removing = told.removeprefix("Remove the program itself with: ")
    words = shlex.split(removing)
    run(*words, *(["--yes"] if "pip" in words else []))
    assert not difctl.exists()
    assert shutil.which("difctl", path=environment["PATH"].replace(str(TOOLS), "")) is None


@pytest.mark.parametrize("suite", SUITES)
def test_one_wheel_is_for_every_later_python(tmp_path, suite):
    root = Root(bootstrapped(suite, tmp_path))
    root.run("apt-get update -q && useradd --create-home ada")
    root.install("python3-venv", "ca-certificates")
    # A way to PyPI that this machine trusts is to be trusted in there.
    shutil.copy(TRUSTED, root.path / TRUSTED.relative_to("/"))
    wheel = built("wheel", tmp_path)
    shutil.copy(wheel, root.path / "tmp")
    album(root.path / "home/ada/Pictures")
    told = root.run(
        f"""
        python3 -m venv environment
        environment/bin/pip install --quiet --only-binary :all: /tmp/{wheel.name}
        environment/bin/python --version
        environment/bin/difctl search Pictures
        environment/bin/difctl doctor
        """,
        user="ada",
    )
    assert f"Python {SUITES[suite]}." in told
    assert "2 groups" in told
    assert "Nothing is broken" in told, "camera raw and JPEG XL need an extra"
