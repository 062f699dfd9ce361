"""After the process that acts was killed, files have their names again without another command."""

from __future__ import annotations

import shutil

from harness.instance import wait_until
from harness.photos import small_photo

DIES_ONCE = """
import os, signal, sys
from pathlib import Path

unlink, mark = os.unlink, Path({mark!r})

def dies(path, **named):
    if b".difd-" in os.fsencode(path) and not mark.exists():
        mark.touch()
        os.kill(os.getpid(), signal.SIGKILL)
    unlink(path, **named)

if "difd.service.action_host" in " ".join(sys.orig_argv):
    os.unlink = dies
"""


def test_a_file_that_was_set_aside_gets_its_name_again_by_itself(instance, tmp_path):
    (tmp_path / "site").mkdir()
    script = DIES_ONCE.format(mark=str(tmp_path / "died"))
    (tmp_path / "site" / "sitecustomize.py").write_text(script)
    instance.environment["PYTHONPATH"] = str(tmp_path / "site")
    kept = small_photo("coffee.png", tmp_path / "album" / "a.png")
    copy = tmp_path / "album" / "b.png"
    shutil.copyfile(kept, copy)
    assert instance.difctl("search", tmp_path / "album").returncode == 0
    answer = instance.difctl("delete", "last", "--yes")
    assert "ended unexpectedly (signal 9)" in answer.stdout + answer.stderr
    assert (tmp_path / "died").exists()
    wait_until(copy.exists)
    assert sorted(path.name for path in copy.parent.iterdir()) == ["a.png", "b.png"]
    assert "1 file deleted" in instance.difctl("delete", "last", "--yes").stdout
    assert not copy.exists()
