"""The Debian package in the releases it is for: installed, used, upgraded, removed and purged."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from pathlib import Path

import pytest
from harness.packages import built, package
from harness.roots import UBUNTU, Root, bootstrapped

from difd.protocol.version import VERSION

pytestmark = [pytest.mark.long, pytest.mark.timeout(3600)]

SUITES = {"debian-12": "bookworm", "debian-13": "trixie"}
if UBUNTU:
    SUITES |= {"ubuntu-24.04": "noble", "ubuntu-26.04": "resolute"}

PICTURES = """
mkdir -p Pictures/sub
/usr/lib/difd/bin/python3 -I - <<'END'
from PIL import Image
slope = Image.linear_gradient("L").resize((320, 200))
turned = [slope.rotate(180), slope.transpose(Image.Transpose.FLIP_LEFT_RIGHT)]
Image.merge("RGB", (slope, *turned)).save("Pictures/a.png")
Image.radial_gradient("L").resize((400, 300)).save("Pictures/other.jpg", quality=90)
END
cp Pictures/a.png Pictures/sub/copy.png
"""


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    return built("wheel", tmp_path_factory.mktemp("wheel"))


@pytest.fixture(scope="module", params=SUITES)
def built_package(request, wheel, tmp_path_factory):
    """The package for a release."""
    return request.param, package(wheel, tmp_path_factory.mktemp("package"), request.param)


@pytest.fixture
def root(built_package, tmp_path):
    """A root of that release with all that the package needs, and a user."""
    made = Root(bootstrapped(SUITES[built_package[0]], tmp_path))
    made.run("apt-get update -q && useradd --create-home ada")
    return made


def bring(root: Root, file: Path) -> str:
    """Copy a package into a root; its place there."""
    shutil.copy(file, root.path / "tmp")
    return f"/tmp/{file.name}"  # noqa: S108  of the root


def depends(file: Path) -> str:
    command = ["dpkg-deb", "--field", file, "Depends"]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()


def before(file: Path, folder: Path) -> Path:
    """The package as the version before would have been, with a file that is no longer there."""
    tree = folder / "before"
    subprocess.run(["dpkg-deb", "--raw-extract", file, tree], check=True)
    control = tree / "DEBIAN/control"
    control.write_text(control.read_text().replace(f"Version: {VERSION}", "Version: 1.9.0"))
    (package,) = (tree / "usr/lib/difd/lib").glob("python3*/site-packages/difd")
    (package / "gone.py").write_text("GONE = 1\n")
    made = folder / "difd_1.9.0.deb"
    subprocess.run(["dpkg-deb", "-Zgzip", "-z1", "--build", tree, made], check=True)
    return made


def test_it_has_no_errors_by_debians_own_rules(built_package):
    done = subprocess.run(
        ["lintian", "--fail-on", "error", "--tag-display-limit", "0", built_package[1]],
        check=False,
        capture_output=True,
        text=True,
    )
    print(done.stdout)
    assert done.returncode == 0, done.stdout
    assert "mismatched-override" not in done.stdout


def test_it_is_installed_used_upgraded_and_removed_without_a_trace(root, built_package, tmp_path):
    file = built_package[1]
    root.install("desktop-file-utils", "man-db", "procps")
    root.run(f"apt-get satisfy -qy --no-install-recommends '{depends(file)}'")
    bare = root.files()

    earlier = bring(root, before(file, tmp_path))
    root.run(f"apt-get install -qy --no-install-recommends {earlier}", network=False)
    assert "/__pycache__/gone." in "\n".join(root.files())
    later = bring(root, file)
    root.run(f"apt-get install -qy --no-install-recommends {later}", network=False)
    assert not any("gone." in name for name in root.files())
    assert root.run("difctl --version && difd --version").split()[1::2] == [VERSION] * 2

    used = root.run(
        PICTURES
        + """
        difctl search Pictures --json >found.json
        difctl trash last --yes
        test ! -e Pictures/sub/copy.png
        difctl undo
        cmp Pictures/a.png Pictures/sub/copy.png
        difctl doctor
        difctl integrate status --json >menus.json
        tr '\\0' ' ' </proc/$(pgrep -f 'difd --ahead' | head -n 1)/cmdline
        """,
        user="ada",
    )
    home = root.path / "home/ada"
    groups = json.loads((home / "found.json").read_text())["groups"]
    assert [len(group["files"]) for group in groups] == [2]
    assert "All is well." in used
    assert "camera raw          can be read" in used
    assert "/usr/lib/difd/bin/python3 -I -m difd" in used
    menus = {
        line["name"]: line["installed"] for line in json.loads((home / "menus.json").read_text())
    }
    assert {name for name, state in menus.items() if state == "shared"} == {
        *("nautilus", "nemo", "caja", "pcmanfm", "dolphin", "applications"),
    }  # fmt: skip
    assert "difd.desktop" in (root.path / "usr/share/applications/mimeinfo.cache").read_text()
    assert "difctl-search" in root.run("mandb -q; man -k 'Find duplicate'")

    own = {path for path in home.rglob("*") if path.suffix in {".png", ".jpg", ".sqlite"}}
    told = root.run(
        """
        su ada --command 'cd ~ && difctl watch add Pictures && difctl search Pictures --no-wait'
        apt-get remove -qy difd
        for second in 1 2 3 4 5 6 7 8 9 10; do
            pgrep -f /usr/lib/difd/ >/dev/null || break
            sleep 1
        done
        ! pgrep -f /usr/lib/difd/
        """
    )
    assert "Removing difd" in told
    assert all(path.exists() for path in own), "what users have stays"
    assert ours(root.files()) - ours(bare) == {
        name for name in ours(root.files()) if "/home/" in name
    }
    told = root.run("apt-get purge -qy difd")
    for place in ("~/.config/difd", "~/.local/state/difd", "~/.cache/difd"):
        assert place in told
    left = root.files() - bare
    assert {name for name in left if not name.startswith("/home/ada")} == set()
    assert bare - root.files() == set()


def ours(names: set[str]) -> set[str]:
    return {name for name in names if re.search("difd|difctl", name)}


def test_neither_the_environment_nor_a_users_own_packages_decide_what_runs(root, built_package):
    root.install(bring(root, built_package[1]))
    told = root.run(
        """
        own=$(python3 -c 'import site; print(site.getusersitepackages())')
        mkdir -p "$own" elsewhere here
        for place in "$own" elsewhere here; do
            for name in click msgspec difd numpy; do
                echo 'raise SystemExit("not ours")' >"$place/$name.py"
            done
        done
        cd here
        PYTHONPATH=$HOME/elsewhere PYTHONHOME=/nowhere difctl daemon start
        PYTHONPATH=$HOME/elsewhere PYTHONHOME=/nowhere difctl doctor
        """,
        user="ada",
    )
    assert "All is well." in told
    assert "not ours" not in told


def test_the_tray_finds_the_distributions_gtk(root, built_package):
    root.install(bring(root, built_package[1]), "python3-gi", "gir1.2-ayatanaappindicator3-0.1")
    root.run(
        """/usr/lib/difd/bin/python3 -I - <<'END'
import gi
gi.require_version("AyatanaAppIndicator3", "0.1")
from gi.repository import AyatanaAppIndicator3, Gtk
END""",
        user="ada",
    )
