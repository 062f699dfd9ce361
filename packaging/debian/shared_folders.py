"""What the package has outside its private folder: menus, units, manual, completion, documents."""

from __future__ import annotations

import gzip
import importlib
import re
import time
from pathlib import Path
from string import Template
from typing import Final

from click.shell_completion import get_completion_class

import manual
from difclient.autostart.systemd import SHARED, shared_unit_texts
from difclient.cli.main import difctl
from difshell.linux.for_all_users import shared_files
from private_folder import FOLDER, bundled

TEMPLATES: Final = Path(__file__).with_name("templates")
REPOSITORY: Final = Path(__file__).parents[2]

_COMPLETIONS: Final = {
    "bash": "usr/share/bash-completion/completions/difctl",
    "zsh": "usr/share/zsh/vendor-completions/_difctl",
    "fish": "usr/share/fish/vendor_completions.d/difctl.fish",
}
_DOCUMENTS: Final = "usr/share/doc/difd"


def lay_shared_folders(root: Path, version: str, maintainer: str, date: int) -> None:
    """Write everything but the private folder, which has to be there.

    Args:
        root: the root of the package.
        version: of the package.
        maintainer: name and address.
        date: of the package, in seconds since 1970.
    """
    for path, text in shared_files(("/usr/bin/difctl",), Path("/usr/share")).items():
        _write(root, str(path)[1:], text)
    for name, text in shared_unit_texts("/usr/bin").items():
        _write(root, f"{str(SHARED)[1:]}/{name}", text)
    for name, text in manual.pages(date).items():
        _write_small(root, f"usr/share/man/man1/{name}.gz", text)
    for shell, place in _COMPLETIONS.items():
        _write(root, place, completion(shell))
    _write(root, "usr/share/metainfo/difd.metainfo.xml", _metadata(date))
    _write(root, "usr/share/lintian/overrides/difd", _template("lintian-overrides"))
    _write(root, f"{_DOCUMENTS}/copyright", _copyright(root))
    changes = (REPOSITORY / "CHANGELOG.md").read_text(encoding="utf-8")
    _write_small(root, f"{_DOCUMENTS}/CHANGELOG.md.gz", changes)
    when = time.strftime("%a, %d %b %Y %H:%M:%S +0000", time.gmtime(date))
    changelog = _template("changelog", version=version, maintainer=maintainer, date=when)
    _write_small(root, f"{_DOCUMENTS}/changelog.gz", changelog)


def completion(shell: str) -> str:
    """The script by which a shell completes `difctl`.

    Args:
        shell: `bash`, `zsh` or `fish`.
    """
    importlib.import_module("difclient.cli.shells")  # it has what click's own get wrong
    kind = get_completion_class(shell)
    assert kind is not None  # noqa: S101  click knows these three
    return kind(difctl, {}, "difctl", "_DIFCTL_COMPLETE").source()


def _metadata(date: int) -> str:
    version = manual.VERSION
    return _template(
        "metainfo.xml", version=version, day=time.strftime("%Y-%m-%d", time.gmtime(date))
    )


def _copyright(root: Path) -> str:
    rows = [f"  {name} {version}: {licence}" for name, (version, licence) in bundled(root).items()]
    licence = (REPOSITORY / "LICENSE").read_text(encoding="utf-8").strip()
    (holder,) = re.findall(r"^Copyright.*$", licence, re.MULTILINE)
    return _template(
        "copyright",
        holder=holder,
        licence=licence,
        packages="\n".join(row for row in rows if not row.startswith("  difd ")),
        folder=FOLDER,
    )


def _template(name: str, **values: str) -> str:
    text = (TEMPLATES / name).read_text(encoding="utf-8")
    return Template(text).substitute(values)


def _write(root: Path, name: str, text: str) -> None:
    path = root / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")


def _write_small(root: Path, name: str, text: str) -> None:
    path = root / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(gzip.compress(text.encode(), mtime=0))
