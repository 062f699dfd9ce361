"""Names that would control a terminal, wherever a command says them."""

from __future__ import annotations

import os
import pty
import shutil
import subprocess
import sys

import pytest
from harness.photos import small_photo

pytestmark = pytest.mark.daemon("shared")

NAME = "IMG_1\x1b]0;title\x07\r\n\u202e"
SHOWN = r"IMG_1\x1b]0;title\x07\r\n\u202e"

CONTROLS = ("\x1b]", "\x07", "\u202e")


@pytest.fixture
def pair(instance, tmp_path):
    """A search's proposal to remove half of a RAW and JPEG pair, which is warned of by its name."""
    folder = tmp_path / "p"
    small_photo("coffee.png", folder / f"{NAME}.jpg")
    (folder / f"{NAME}.dng").write_bytes(b"raw")
    shutil.copyfile(folder / f"{NAME}.jpg", folder / "A.jpg")
    assert instance.difctl("search", folder, "--keep", "shortest-path").returncode == 0


def said(instance, *words) -> str:
    done = instance.difctl(*words)
    return done.stdout + done.stderr


def said_on_a_terminal(instance, *words) -> str:
    ours, theirs = pty.openpty()
    command = [sys.executable, "-m", "difclient", *words]
    streams = {"stdin": subprocess.DEVNULL, "stdout": theirs, "stderr": theirs}
    with subprocess.Popen(command, env=instance.environment, **streams) as process:
        os.close(theirs)
        output = b""
        while chunk := _read(ours):
            output += chunk
        process.wait(60)
    os.close(ours)
    return output.decode().replace("\r\n", "\n")


def _read(terminal: int) -> bytes:
    try:
        return os.read(terminal, 4096)
    except OSError:  # nobody writes any more
        return b""


@pytest.mark.usefixtures("pair")
@pytest.mark.parametrize("listen", [said, said_on_a_terminal])
def test_no_name_in_a_warning_controls_the_terminal(instance, listen):
    heard = listen(instance, "trash", "last", "--dry-run", "--split-pairs")
    # On a terminal the sentence may go on in the next line, but the name is in one piece.
    assert f"{SHOWN}.dng" in heard
    assert "stays" in heard.partition(f"{SHOWN}.dng")[2].split("\n\x1b[1mMove")[0]
    assert not any(control in heard for control in CONTROLS)


@pytest.mark.parametrize("listen", [said, said_on_a_terminal])
def test_no_name_in_an_error_controls_the_terminal(instance, listen):
    heard = listen(instance, "review", "last", NAME)
    first, _, rest = SHOWN.partition(r"\n")
    assert first in heard
    assert rest in heard
    assert not any(control in heard for control in CONTROLS)
