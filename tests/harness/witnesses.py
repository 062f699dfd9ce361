"""Files as a search saw them, and the users who act on them."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from difd.digests import digest_of
from difd.store.action_items import Witness

NAMES = [
    b"a.jpg",
    b"a",
    b".hidden",
    b"-rf.jpg",
    b"two\nlines.jpg",
    b"quote'\"$(x) %41.jpg",
    b"not utf-8 \xff\xfe.jpg",
    b"x" * 251 + b".jpg",
    "ü".encode() * 125 + b".png",
    b"\xff" * 255,
    b"a." + b"y" * 253,
]
"""Names that file systems take and careless programs do not."""

OTHER_USER = 65534

_ACT = """
import os, sys
sys.path.insert(0, os.environ["HARNESS"])
import difd.actions.verbs.trash, difd.actions.verbs.moving, harness.links
from difd.protocol.errors import ActionRefused
from harness.witnesses import witness
os.setgroups([]); os.setresgid(*[{user}] * 3); os.setresuid(*[{user}] * 3)
os.chdir(sys.argv[1])
here = os.fsencode(sys.argv[1])
try:
    {code}
except ActionRefused as refusal:
    print(refusal.message)
"""


def witness(path: Path | bytes) -> Witness:
    place = os.fsencode(path)
    status = os.lstat(place)
    with open(place, "rb") as file:
        digest = digest_of(file.read())
    return Witness(
        path=place,
        device=status.st_dev,
        inode=status.st_ino,
        size=status.st_size,
        mtime_ns=status.st_mtime_ns,
        digest=digest,
    )


def said_to_another_user(folder: Path, code: str) -> str:
    """Run a line of code as a user without rights, in a folder; the refusal it meets.

    Args:
        folder: that others may enter.
        code: knows `witness`, `difd`, `harness.links` and the folder as `here`.
    """
    if os.getuid() != 0:
        pytest.skip("needs to be root, to become another user")
    run = subprocess.run(
        [sys.executable, "-c", _ACT.format(user=OTHER_USER, code=code), folder],
        env=os.environ | {"HARNESS": str(Path(__file__).parent.parent), "HOME": str(folder)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 0, run.stderr
    return run.stdout.strip()
