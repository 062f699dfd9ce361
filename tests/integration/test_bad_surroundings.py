"""What commands say where output has no room, the folder is gone, or words make no sense."""

from __future__ import annotations

import errno
import os
import subprocess
import sys
from pathlib import Path

import pytest
from harness.photos import small_photo

from difclient.report import files

pytestmark = pytest.mark.daemon("shared")

DIFCTL = [sys.executable, "-m", "difclient"]


@pytest.fixture
def pair(instance, tmp_path):
    """Two equal pictures that were searched."""
    for name in ("a", "b"):
        small_photo("coffee.png", tmp_path / "p" / f"{name}.jpg")
    assert instance.difctl("search", tmp_path / "p").returncode == 0
    return tmp_path / "p"


@pytest.mark.parametrize(
    "words",
    [
        ["--help"],
        ["jobs"],
        ["show", "last"],
        ["show", "last", "--json"],
        ["trash", "last", "--dry-run"],
        ["trash", "last", "--yes"],
        ["search", "p"],
        ["show", "nothing", "--json"],
        ["undo", "--bogus", "--json"],
    ],
    ids=" ".join,
)
def test_where_the_output_cannot_be_written_one_sentence_says_so(instance, pair, words):
    before = sorted(pair.iterdir())
    refuse_output(instance, *(str(pair) if word == "p" else word for word in words))
    gone = [path for path in before if not path.exists()]
    assert len(gone) <= 1
    if gone:
        assert instance.difctl("undo").returncode == 0
        assert sorted(pair.iterdir()) == before


def test_what_was_done_without_a_word_is_done_and_can_be_undone_so(instance, pair):
    before = sorted(pair.iterdir())
    refuse_output(instance, "trash", "last", "--yes", "--json")
    assert len(list(pair.iterdir())) == 1
    refuse_output(instance, "undo")
    assert sorted(pair.iterdir()) == before
    assert instance.difctl("history").stdout.count(" brought back (all)") >= 1


def test_whoever_stops_reading_is_told_no_more(instance):
    reading, writing = os.pipe()
    os.close(reading)
    done = subprocess.run(
        [*DIFCTL, "show", "nothing", "--json"],
        stdout=writing,
        stderr=subprocess.PIPE,
        env=instance.environment,
        text=True,
        check=False,
    )
    os.close(writing)
    assert (done.returncode, done.stderr) == (2, "")


def refuse_output(instance, *words: str) -> None:
    """Run a command whose output goes to a full disk, and see that one sentence says so."""
    with open("/dev/full", "w") as full:
        done = subprocess.run(
            [*DIFCTL, *words],
            stdout=full,
            stderr=subprocess.PIPE,
            env=instance.environment,
            text=True,
            check=False,
        )
    assert done.returncode == 4
    assert done.stderr.splitlines()[-1] == (
        "difctl: The output cannot be written: No space left on device."
    )
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    "words",
    [
        ["search", "."],
        ["search", "../p"],
        ["search", "p", "--keep", "in:x"],
        ["trash", "last", "--file", "a.jpg"],
        ["move", "last", "x"],
    ],
    ids=" ".join,
)
def test_in_a_folder_that_is_gone_one_sentence_says_so(instance, pair, tmp_path, words):
    (tmp_path / "gone").mkdir()
    script = "os.rmdir(os.getcwd()); os.execv(sys.argv[1], sys.argv[1:])"
    done = subprocess.run(
        [
            *(sys.executable, "-c", f"import os, sys; {script}", *DIFCTL),
            *(pair if word == "p" else word for word in words),
        ],
        cwd=tmp_path / "gone",
        env=instance.environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 2
    assert "The folder that you are in is not there any more" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    "words",
    [
        ["search", "p", "--chunksize", "9" * 20],
        ["search", "p", "--min-bytes", "9" * 20],
        ["search", "p", "--processes", "9" * 20],
        ["search", "p", "--processes", "1025"],
        ["search", "p", "--output-directory", ""],
        ["trash", "last", "--group", "9" * 20],
        ["trash", "last", "--file", ""],
        ["ignore", "add", "last", "9" * 20],
        ["move", "last", ""],
        ["watch", "remove", ""],
    ],
    ids=" ".join,
)
def test_what_makes_no_sense_is_refused_in_one_sentence(instance, pair, words):
    done = instance.difctl(*(pair if word == "p" else word for word in words))
    assert done.returncode == 2
    assert "Traceback" not in done.stderr
    assert "daemon restart" not in done.stderr
    last = done.stderr.splitlines()[-1]
    assert last.startswith(("difctl: ", "Error: "))
    assert os.listdir(pair.parent) == ["p"]


def test_a_report_that_cannot_be_written_to_its_end_leaves_nothing(tmp_path):
    path = tmp_path / "x.json"
    with pytest.raises(OSError, match="No space"):
        _begin_and_fail(path)
    assert list(tmp_path.iterdir()) == []


def test_a_report_of_the_same_name_is_not_touched(tmp_path):
    path = tmp_path / "x.json"
    path.write_text("mine")
    with pytest.raises(FileExistsError):
        _begin_and_fail(path)
    assert path.read_text() == "mine"


def _begin_and_fail(path: Path) -> None:
    with files._whole(path) as file:
        file.write("begun")
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
