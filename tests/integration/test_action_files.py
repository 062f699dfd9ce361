"""Files that actions meet: odd names, what belongs together, what may not go, and thousands."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from harness.commands import answered, said
from harness.folders import contents
from harness.instance import as_plain_user, wait_until
from harness.photos import album, small_photo
from harness.searches import searched

pytestmark = pytest.mark.daemon("shared")

ODD_NAMES = [
    b"new\nline.png",
    b"-rf.png",
    b"not utf-8 \xff.png",
    b"quote'\".png",
    b"(2).png",
    b"$(touch pwned).png",
    b"x" * 251 + b".png",
]


@pytest.fixture
def folder(instance, tmp_path) -> Path:
    """The album, searched: two proven copies, and a JPEG that is only similar."""
    album(tmp_path / "album")
    searched(instance, tmp_path / "album")
    return tmp_path / "album"


def trashed(instance) -> list[Path]:
    return sorted((instance.root / "data" / "Trash" / "files").glob("*"))


def test_odd_names_go_and_come_back(instance, tmp_path):
    folder = os.fsencode(tmp_path / "odd")
    keeper = small_photo("coffee.png", tmp_path / "odd" / "a.png")
    for name in ODD_NAMES:
        shutil.copyfile(keeper, os.path.join(folder, name))
    before = sorted(os.listdir(folder))
    searched(instance, folder)
    for arguments in (["trash", "last"], ["move", "last", tmp_path / "to"], ["link", "last"]):
        kind = ["--kind", "symbolic"] if arguments[0] == "link" else []
        done = answered(instance, *arguments, *kind, "--yes")
        assert done["done"] == len(ODD_NAMES)
        assert done["refused"] == 0
        answered(instance, "undo")
        assert sorted(os.listdir(folder)) == before
        assert not any(os.path.islink(os.path.join(folder, name)) for name in before)
    assert not Path("pwned").exists()


@pytest.mark.usefixtures("folder")
def test_taken_names_are_not_overwritten_when_undone(instance):
    gone = answered(instance, "trash", "last", "--yes")
    path = Path(gone["items"][0]["path"])
    path.write_text("somebody else's")
    back = answered(instance, "undo", code=5)
    assert back["undone"] == 1
    assert path.read_text() == "somebody else's"
    assert len(trashed(instance)) == 1
    path.unlink()
    assert answered(instance, "undo")["undone"] == 2
    assert trashed(instance) == []


def test_reference_folders_and_other_names_of_a_file_never_go(instance, tmp_path):
    small_photo("coffee.png", tmp_path / "p" / "a.png")
    (tmp_path / "ref").mkdir()
    shutil.copyfile(tmp_path / "p" / "a.png", tmp_path / "ref" / "z.png")
    os.link(tmp_path / "p" / "a.png", tmp_path / "p" / "another name.png")
    searched(instance, tmp_path / "p", "--reference", tmp_path / "ref")
    done = answered(instance, "delete", "last", "--yes")
    assert done["freed_bytes"] == 0, "the file has another name"
    assert (tmp_path / "ref" / "z.png").exists()
    assert contents(tmp_path).keys() == {"ref/z.png", "p/another name.png"}


def test_sidecars_go_and_come_back_with_their_picture(instance, tmp_path):
    small_photo("coffee.png", tmp_path / "p" / "a.png")
    shutil.copyfile(tmp_path / "p" / "a.png", tmp_path / "p" / "copy of a.png")
    (tmp_path / "p" / "copy of a.xmp").write_text("<edits/>")
    before = contents(tmp_path / "p")
    searched(instance, tmp_path / "p")
    held = answered(instance, "delete", "last", "--dry-run")
    assert held["items"] == []
    assert "would be lost" in held["held_back"][0]["reason"]
    gone = answered(instance, "trash", "last", "--yes")
    assert [Path(path).name for path in gone["items"][0]["belongings"]] == ["copy of a.xmp"]
    assert contents(tmp_path / "p").keys() == {"a.png"}
    answered(instance, "undo")
    assert contents(tmp_path / "p") == before


def test_a_raw_and_jpeg_pair_is_split_only_when_that_is_said(instance, tmp_path):
    small_photo("coffee.png", tmp_path / "p" / "IMG_1.jpg")
    (tmp_path / "p" / "IMG_1.dng").write_bytes(b"raw")
    shutil.copyfile(tmp_path / "p" / "IMG_1.jpg", tmp_path / "p" / "A.jpg")
    searched(instance, tmp_path / "p", "--keep", "shortest-path")
    held = answered(instance, "trash", "last", "--dry-run")
    assert "RAW" in held["held_back"][0]["reason"]
    text = said(instance, "trash", "last", "--dry-run", "--split-pairs")
    assert "1 file leaves the other half of its RAW and JPEG pair behind." in text
    named = answered(instance, "trash", "last", "--yes", "--file", tmp_path / "p" / "IMG_1.jpg")
    assert named["done"] == 1
    assert any("RAW and JPEG pair" in warning for warning in named["items"][0]["warnings"])


@pytest.mark.daemon("own")
def test_files_that_cannot_be_removed_are_held_back(instance, tmp_path):
    album(tmp_path / "album")
    (tmp_path / "album" / "sub").chmod(0o555)
    daemon = subprocess.Popen(
        [*as_plain_user(), sys.executable, "-m", "difd"], env=instance.environment
    )
    try:
        instance.wait_for_daemon()
        searched(instance, tmp_path / "album", "--keep", "newest")
        before = contents(tmp_path / "album")
        done = answered(instance, "trash", "last", "--yes")
        assert done["refused"] == 0
        gone = before.keys() - contents(tmp_path / "album").keys()
        assert not any(name.startswith("sub/") for name in gone)
    finally:
        (tmp_path / "album" / "sub").chmod(0o755)
        daemon.terminate()
        daemon.wait()


def test_two_commands_at_once_leave_one_of_each(instance, folder):
    before = set(contents(folder).values())
    searched(instance, folder, "--keep", "oldest")
    searched(instance, folder, "--keep", "newest")
    jobs = [job["job"] for job in json.loads(instance.difctl("jobs", "--json").stdout)[:2]]
    with ThreadPoolExecutor() as threads:
        answers = list(
            threads.map(lambda job: instance.difctl("delete", job, "--yes", "--json"), jobs)
        )
    assert all(answer.returncode in {0, 5} for answer in answers)
    assert set(contents(folder).values()) == before


@pytest.mark.daemon("own")
@pytest.mark.timeout(500)
@pytest.mark.parametrize("count", [1_000, pytest.param(10_000, marks=pytest.mark.long)])
def test_thousands_of_copies_go_and_come_back(instance, tmp_path, count):
    """A thousand take thirty batches of the journal; more than a page is in test_pages.py."""
    folder = tmp_path / "many"
    keeper = small_photo("coffee.png", folder / "a.png", size=(16, 16))
    for number in range(count):
        (folder / str(number % 100)).mkdir(exist_ok=True)
        shutil.copyfile(keeper, folder / str(number % 100) / f"copy {number // 100}.png")
    assert instance.difctl("search", folder, timeout=240).returncode == 0
    began = time.monotonic()
    answer = instance.difctl("trash", "last", "--yes", timeout=240)
    assert answer.returncode == 0, answer.stderr
    assert f"{count:,} files moved to the trash" in answer.stdout
    assert sorted(contents(folder)) == ["a.png"]
    answer = instance.difctl("undo", timeout=240)
    assert f"{count:,} files brought back" in answer.stdout
    print(f"{count:,} files to the trash and back: {time.monotonic() - began:.1f} s")
    assert len(contents(folder)) == count + 1


def test_ctrl_c_stops_after_the_file_under_way(instance, tmp_path):
    folder = tmp_path / "many"
    keeper = small_photo("coffee.png", folder / "a.png", size=(16, 16))
    for number in range(500):
        shutil.copyfile(keeper, folder / f"copy {number}.png")
    searched(instance, folder)
    before = contents(folder)
    with instance.start("trash", "last", "--yes", "--json") as process:
        wait_until(lambda: trashed(instance))
        process.send_signal(signal.SIGINT)
        output, _ = process.communicate(timeout=60)
    info = json.loads(output)
    assert process.returncode == 130
    assert info["state"] == "interrupted"
    assert 0 < info["done"] < 500
    assert len(trashed(instance)) == info["done"]
    assert len(contents(folder)) == 501 - info["done"]
    answered(instance, "undo")
    assert contents(folder) == before
