"""What the Debian package has in it, laid out without the packages that difd needs."""

from __future__ import annotations

import configparser
import gzip
import os
import re
import shutil
import subprocess
import sys
import tomllib
from itertools import pairwise
from pathlib import Path

import pytest
from harness.packages import DEBIAN, ROOT, laid_out, pure_wheel
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from difd.protocol.version import VERSION

sys.path.append(str(DEBIAN))

from manual import pages
from releases import RELEASES

MANUAL = pages(0)


@pytest.fixture(scope="module")
def tree(tmp_path_factory):
    """The package's tree."""
    folder = tmp_path_factory.mktemp("package")
    return laid_out(pure_wheel(folder), folder / "root", "debian-12", "--bare")


def run(*command: str | Path, **environment: str) -> subprocess.CompletedProcess[str]:
    needed = shutil.which(command[0])
    assert needed, f"{command[0]} is not installed; CONTRIBUTING.md names the packages"
    return subprocess.run(
        command,
        env=os.environ | {"LC_ALL": "C.UTF-8"} | environment,
        check=False,
        capture_output=True,
        text=True,
    )


def test_every_command_has_a_page_that_formatters_and_indexers_understand(tmp_path):
    assert "difctl-daemon-start.1" in MANUAL
    assert "difd.1" in MANUAL
    for name, text in MANUAL.items():
        (tmp_path / name).write_text(text)
    files = sorted(tmp_path.iterdir())
    assert run("mandoc", "-T", "lint", "-W", "warning", *files).stdout == ""
    indexed = run("lexgrog", *files)
    assert indexed.returncode == 0, indexed.stdout
    assert len(indexed.stdout.splitlines()) == len(files)
    # What `man --warnings` does for each page, for all in one go.
    shown = run("groff", "-mandoc", "-ww", "-Kutf8", "-Tutf8", "-z", *files)
    assert (shown.returncode, shown.stderr) == (0, "")


def test_a_page_says_what_the_help_says(tmp_path):
    (tmp_path / "page").write_text(MANUAL["difctl-search.1"])
    shown = run("man", "--warnings", "-l", tmp_path / "page", MANWIDTH="400")
    assert shown.stderr == ""
    text = re.sub(r".\x08", "", shown.stdout)
    for words in (
        "difctl search [OPTIONS] PATH...",
        "-s, --similarity [duplicates|similar|edited|MSE]",
        "  difctl search ~/Pictures --similarity similar --no-same-dim\n",
        "difctl config set changes the defaults.",
    ):
        assert words in text


def test_completions_are_read_by_their_shells(tree):
    share = tree / "usr/share"
    for shell, name in {
        "bash": "bash-completion/completions/difctl",
        "zsh": "zsh/vendor-completions/_difctl",
        "fish": "fish/vendor_completions.d/difctl.fish",
    }.items():
        checked = run(shell, "-n", share / name)
        assert (checked.returncode, checked.stderr) == (0, ""), shell
    assert (share / "zsh/vendor-completions/_difctl").read_text().startswith("#compdef difctl\n")


def test_units_are_accepted_and_listen_where_clients_look(tree, tmp_path):
    units = tree / "usr/lib/systemd/user"
    for name in ("difd", "difctl"):
        (tmp_path / name).write_text("#!/bin/sh\n")
        (tmp_path / name).chmod(0o755)
    for unit in units.iterdir():
        # The commands are not installed on the machine of the test.
        (tmp_path / unit.name).write_text(unit.read_text().replace("/usr/bin", str(tmp_path)))
    units_read = sorted(tmp_path.glob("difd*.*"))
    judged = run(
        *("systemd-analyze", "--user", "verify", *units_read), XDG_RUNTIME_DIR=str(tmp_path)
    )
    assert (judged.returncode, judged.stderr) == (0, "")
    socket = configparser.ConfigParser(strict=False, interpolation=None)
    socket.read(units / "difd.socket")
    assert socket["Socket"]["ListenStream"] == "%t/difd/difd.sock"
    assert not list(tree.rglob("*.wants")), "nothing is switched on by the installation"
    assert not (tree / "etc").exists()


def test_the_desktop_accepts_entry_and_metadata(tree):
    entry = tree / "usr/share/applications/difd.desktop"
    assert run("desktop-file-validate", entry).stdout == ""
    # Its name would have to begin with a domain, and the project has none.
    judged = run(
        *("appstreamcli", "validate", "--no-net", "--override=cid-desktopapp-is-not-rdns=info"),
        tree / "usr/share/metainfo/difd.metainfo.xml",
    )
    assert judged.returncode == 0, judged.stdout


def test_files_are_where_they_belong_and_nobody_else_may_write_them(tree):
    for path in tree.rglob("*"):
        if not path.is_symlink():
            assert path.lstat().st_mode & 0o7022 == 0, path
    assert {path.name for path in (tree / "usr").iterdir()} == {"bin", "lib", "share"}
    assert (tree / "usr/bin/difctl").resolve() == (tree / "usr/lib/difd/bin/difctl").resolve()
    for name in ("difctl", "difd"):
        launcher = (tree / "usr/lib/difd/bin" / name).read_text()
        assert launcher.startswith("#!/usr/lib/difd/bin/python3 -I\n")
    changes = gzip.decompress((tree / "usr/share/doc/difd/CHANGELOG.md.gz").read_bytes())
    assert changes.startswith(b"# Changes\n")
    sums = (tree / "DEBIAN/md5sums").read_text()
    assert "usr/share/applications/difd.desktop\n" in sums


def test_the_package_is_for_one_python(tree):
    control = (tree / "DEBIAN/control").read_text()
    assert f"Version: {VERSION}+deb12\n" in control
    assert "Depends: python3.11, python3 (>= 3.11~), python3 (<< 3.12~)," in control
    assert os.readlink(tree / "usr/lib/difd/bin/python3") == "../../../bin/python3.11"


def test_what_the_distribution_provides_is_as_new_as_difd_needs():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    needed = {canonicalize_name(one.name): one for one in map(Requirement, project["dependencies"])}
    for release in RELEASES.values():
        for name, package in release.provided.items():
            least = re.fullmatch(r"python3-[a-z0-9-]+ \(>= ([0-9.]+)\)", package)
            assert least, package
            requirement = needed.get(canonicalize_name(name))
            if requirement is not None:
                assert str(requirement.specifier) == f">={least[1]}"


def test_a_version_for_a_later_release_replaces_one_for_an_earlier():
    suffixes = [release.suffix for name, release in RELEASES.items() if name.startswith("debian")]
    for earlier, later in pairwise(suffixes):
        compared = ("dpkg", "--compare-versions", f"2.0.0+{earlier}", "lt", f"2.0.0+{later}")
        assert run(*compared).returncode == 0
