"""What goes wrong around difd in that Windows: one sentence, and nothing is lost."""

from __future__ import annotations

import json
import shutil
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from harness.pictures import photo
from harness.windows_python import WindowsPython, windows_path

pytestmark = [pytest.mark.long, pytest.mark.timeout(1200)]

LOCK = """
import sqlite3, sys
database = sqlite3.connect(sys.argv[1], isolation_level=None)
database.execute("BEGIN EXCLUSIVE")
print("held", flush=True)
sys.stdin.read()
"""

HOLD = """
import ctypes, sys
# For reading, and nobody else may have it open meanwhile: as what looks for viruses does.
handle = ctypes.windll.kernel32.CreateFileW(sys.argv[1], 0x80000000, 0, None, 3, 0, None)
assert handle not in (0, -1)
print("held", flush=True)
sys.stdin.read()
"""


@pytest.fixture
def own(windows, tmp_path) -> Iterator[WindowsPython]:
    """The same Python in a Windows of a test's own, whose user has a name that is not ASCII."""
    folder = tmp_path / "own"
    folder.mkdir()
    made = WindowsPython.beside(windows, folder, user="Jörg O'Söhne 日本")
    yield made
    made.end()


@pytest.fixture
def pictures(tmp_path) -> Path:
    folder = tmp_path / "pictures"
    folder.mkdir()
    photo(160, 120).save(folder / "a.png")
    shutil.copy(folder / "a.png", folder / "b.png")
    return folder


def local(windows: WindowsPython) -> Path:
    """The folder for programs' own files in the profile."""
    done = windows.run("-c", "import os; print(os.environ['LOCALAPPDATA'])")
    drive, rest = done.output.strip().split(":\\", 1)
    assert drive == "C"
    return windows.home / rest.replace("\\", "/")


def one_sentence(done) -> str:
    """What a command said that could not do its work."""
    assert done.code not in {0, 1}, done
    assert "Traceback" not in done.errors, done.errors
    assert done.errors.startswith("difctl: "), done
    return done.errors


def test_a_profile_whose_name_is_not_ascii(own, windows, pictures):
    assert "Jörg O'Söhne 日本" in str(local(own))
    done = own.difctl("search", "--json", windows_path(pictures))
    assert done.code == 0, done
    job = json.loads(done.output)["job"]
    assert (local(own) / "difd" / "run" / "difd.endpoint").exists()
    # Another user of the machine has a daemon, searches and a page of his own.
    other = windows.difctl("search", "--json", windows_path(pictures))
    assert other.code == 0, other
    endpoints = {
        (local(one) / "difd" / "run" / "difd.endpoint").read_text() for one in (own, windows)
    }
    assert len(endpoints) == 2
    assert job not in windows.difctl("jobs", "--json").output
    stopped = own.difctl("daemon", "stop")
    assert stopped.output == "The daemon was stopped.\n", stopped
    assert windows.difctl("daemon", "status").code == 0


def test_a_profile_that_cannot_be_written_to(own, pictures):
    place = local(own)
    place.rename(place.with_name("Away"))
    place.symlink_to("/sys/kernel")  # where not even root makes a folder
    said = one_sentence(own.difctl("search", windows_path(pictures)))
    assert "cannot be" in said
    assert {path.name for path in pictures.iterdir()} == {"a.png", "b.png"}
    place.unlink()
    place.with_name("Away").rename(place)
    assert own.difctl("search", windows_path(pictures)).code == 0


@pytest.mark.parametrize(
    ("program", "word"),
    [(LOCK, "End the program"), (HOLD, "jobs.sqlite")],
    ids=["locked", "held"],
)
def test_a_database_that_somebody_else_has(own, pictures, program, word):
    first = own.difctl("search", "--json", windows_path(pictures))
    assert own.difctl("daemon", "stop").code == 0
    journal = local(own) / "difd" / "jobs.sqlite"
    before = journal.read_bytes()
    with holding(own, program, journal) as holder:
        said = one_sentence(own.difctl("search", windows_path(pictures)))
        holder.kill()
    assert word in said
    assert journal.read_bytes() == before
    # The search that could not be written down at once may have been since.
    listed = json.loads(own.difctl("jobs", "--json").output)
    assert json.loads(first.output)["job"] in {job["job"] for job in listed}


def holding(windows: WindowsPython, program: str, file: Path) -> subprocess.Popen[bytes]:
    """Another process of that Windows, which has the file until it is ended."""
    process = windows.start("-c", program, windows_path(file), stdin=subprocess.PIPE)
    assert process.stdout.readline().strip() == b"held"
    return process


def test_a_clock_that_was_set_back(own, pictures):
    assert shutil.which("faketime")
    late = {"LD_PRELOAD": preloaded(), "FAKETIME": "+3d", "FAKETIME_DONT_FAKE_MONOTONIC": "1"}
    own.environment |= late
    done = own.difctl("search", "--json", windows_path(pictures))
    assert done.code == 0, done
    first = json.loads(done.output)["job"]
    (job,) = json.loads(own.difctl("jobs", "--json").output)
    assert job["created"] > time.time() + 2 * 86400
    assert own.difctl("daemon", "stop").code == 0
    own.end()
    for name in late:
        del own.environment[name]
    again = own.difctl("search", "--json", windows_path(pictures))
    assert again.code == 0, again
    listed = json.loads(own.difctl("jobs", "--json").output)
    assert {job["job"] for job in listed} == {first, json.loads(again.output)["job"]}
    assert own.difctl("show", first).code == 0


def preloaded() -> str:
    """The library by which `faketime` changes what programs take for now."""
    done = subprocess.run(
        ["faketime", "now", "printenv", "LD_PRELOAD"], capture_output=True, text=True, check=True
    )
    return done.stdout.strip()
