"""Moving a file: never onto another, and never lost, whatever happens on the way."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import threading
import time
from contextlib import suppress
from pathlib import Path

import pytest
from harness.disks import small_disk
from harness.files import read, written
from harness.instance import wait_until
from harness.witnesses import NAMES, OTHER_USER, said_to_another_user, witness

from difd.actions.checks.last_look import last_look
from difd.actions.files.naming import free_names, temporary_name
from difd.actions.verbs.moving import make_folder, move
from difd.protocol.errors import ActionRefused
from difd.store.action_items import Witness
from difd.system.posix import renames as posix_renames


def taken_to(file: Witness, folder: Path) -> bytes:
    """Move to a free name, as every caller does."""
    while True:
        (goal,) = free_names(os.fsencode(folder), [os.path.basename(file.path)])
        with suppress(FileExistsError):
            move(file, goal, temporary_name(goal))
            return goal


def refused_move(path: bytes, target: Path, match: str) -> None:
    """Nothing changes but for the refusal."""
    before, there = read(path), sorted(os.listdir(target))
    with pytest.raises(ActionRefused, match=match) as refusal:
        taken_to(witness(path), target)
    assert refusal.value.path == path
    assert read(path) == before
    assert sorted(os.listdir(target)) == there


@pytest.mark.parametrize("name", NAMES, ids=lambda name: repr(name[:12]))
def test_every_name_is_moved_and_numbered_and_nothing_is_overwritten(tmp_path, target, name):
    contents = [b"content %d" % number for number in range(4)]
    written(target, name, contents[0])
    for number in (1, 2, 3):
        source = written(tmp_path / str(number), name, contents[number])
        moved = taken_to(witness(source), target)
        assert read(moved) == contents[number]
        assert not os.path.lexists(source)
    assert sorted(read(path) for path in target.iterdir()) == contents


def test_times_permissions_and_attributes_are_kept(tmp_path, target):
    source = written(tmp_path / "source")
    os.chmod(source, 0o640)
    try:
        os.setxattr(source, b"user.tag", b"holiday")
        os.setxattr(os.fsencode(target), b"user.tag", b"probe")
    except OSError as error:
        pytest.skip(f"needs file systems with extended attributes: {error}")
    os.utime(source, ns=(10**18 + 1, 10**18 + 3))
    seen = witness(source)
    os.utime(source, ns=(10**18 + 1, 10**18 + 3))  # to look at it was to read it
    moved = taken_to(seen, target)
    status = os.stat(moved)
    assert status.st_mode & 0o7777 == 0o640
    assert (status.st_atime_ns, status.st_mtime_ns) == (10**18 + 1, 10**18 + 3)
    assert os.getxattr(moved, b"user.tag") == b"holiday"


@pytest.mark.parametrize("renames", ["renames exclusively", "links instead"])
def test_a_taken_name_is_said_and_nothing_changes(tmp_path, target, renames, monkeypatch):
    if renames == "links instead":  # as on file systems, and C libraries, without it
        monkeypatch.setattr(posix_renames, "_rename", None)
    source = written(tmp_path / "source")
    goal = written(target, content=b"taken")
    dangling = os.fsencode(target / "dangling")
    os.symlink("nowhere", dangling)
    for taken in (goal, dangling):
        with pytest.raises(FileExistsError):
            move(witness(source), taken, temporary_name(taken))
    assert read(source) == b"content"
    assert read(goal) == b"taken"
    assert sorted(os.listdir(target)) == ["a.jpg", "dangling"]
    moved = taken_to(witness(source), target)
    assert read(moved) == b"content"
    assert sorted(os.listdir(target)) == ["a (2).jpg", "a.jpg", "dangling"]


def test_somebody_who_takes_the_chosen_names_is_not_overwritten(tmp_path, target):
    done = threading.Event()
    theirs: list[bytes] = []

    def take_names() -> None:
        while not done.is_set():
            (path,) = free_names(os.fsencode(target), [b"a.jpg"])
            with suppress(FileExistsError):
                with open(path, "xb") as file:
                    file.write(b"theirs")
                theirs.append(path)

    ours = []
    thread = threading.Thread(target=take_names)
    thread.start()
    try:
        # On a busy machine all could be over before it has taken one.
        wait_until(lambda: theirs)
        for number in range(60):
            source = written(tmp_path / str(number), content=b"ours %d" % number)
            ours.append(taken_to(witness(source), target))
    finally:
        done.set()
        thread.join()
    assert theirs
    assert [read(path) for path in ours] == [b"ours %d" % number for number in range(60)]
    assert {read(path) for path in theirs} == {b"theirs"}


def test_a_full_disk_leaves_the_original_and_nothing_else(tmp_path):
    source = written(tmp_path / "source", content=os.urandom(2 << 20))
    with small_disk(tmp_path / "disk", "1m") as disk:
        refused_move(source, disk, "No space left")


def test_a_folder_that_is_not_there_leaves_the_original(tmp_path):
    source = written(tmp_path / "source")
    with pytest.raises(ActionRefused, match="could not be moved: No such file"):
        taken_to(witness(source), tmp_path / "nowhere")
    assert read(source) == b"content"


def test_a_read_only_file_system_is_left_alone(tmp_path):
    with small_disk(tmp_path / "disk", "1m") as disk:
        source = written(disk / "folder")
        subprocess.run(["mount", "-o", "remount,ro", disk], check=True)
        (tmp_path / "target").mkdir()
        refused_move(source, tmp_path / "target", "lies on a read-only file system")


MOVE = "difd.actions.verbs.moving.move(witness(here + b'/a/a.jpg'), here + b'/b/a.jpg', b'b/t')"


@pytest.mark.parametrize(
    ("folder", "file", "said"),
    [
        ((OTHER_USER, 0o500), (OTHER_USER, 0o600), "Its folder is read-only for you."),
        ((0, 0o755), (OTHER_USER, 0o600), "Its folder is read-only for you."),
        ((OTHER_USER, 0o700), (0, 0o644), "It belongs to another user, and stays."),
        ((OTHER_USER, 0o700), (OTHER_USER, 0o400), "It is write-protected, and stays."),
        (
            (0, 0o1777),
            (0, 0o666),
            "It belongs to another user, and its folder lets only the owner take it away.",
        ),
        ((OTHER_USER, 0o700), (0, 0o666), ""),
    ],
)
def test_what_the_user_may_not_take_stays_and_is_explained(open_folder, folder, file, said):
    source = written(open_folder / "a")
    (open_folder / "b").mkdir()
    (open_folder / "b").chmod(0o777)
    for path, (owner, mode) in ((source, file), (open_folder / "a", folder)):
        os.chown(path, owner, owner)
        os.chmod(path, mode)
    assert said_to_another_user(open_folder, MOVE) == said
    assert os.listdir(open_folder / "b") == ([] if said else ["a.jpg"])
    assert os.path.lexists(source) == bool(said)


def test_a_file_that_is_being_written_is_not_copied_away(tmp_path, elsewhere):
    source = written(tmp_path / "source")
    goal = os.fsencode(elsewhere / "a.jpg")
    with (
        open(source, "ab"),
        pytest.raises(ActionRefused, match="Another program is writing to it"),
        last_look(witness(source), None, "move") as look,
    ):
        move(witness(source), goal, temporary_name(goal), look=look)
    assert read(source) == b"content"
    assert os.listdir(elsewhere) == []


def test_a_file_that_is_read_elsewhere_is_moved(tmp_path, target):
    source = written(tmp_path / "source")
    with open(source, "rb") as reader:
        moved = taken_to(witness(source), target)
        assert reader.read() == read(moved) == b"content"


def test_a_file_that_changed_stays(tmp_path, target):
    source = written(tmp_path / "source")
    seen = witness(source)
    written(tmp_path / "source", content=b"changed, and longer")
    with pytest.raises(ActionRefused, match="changed since the search"):
        taken_to(seen, target)
    assert os.listdir(target) == []


def test_a_file_that_is_exchanged_while_it_is_copied_stays(tmp_path, elsewhere):
    source = written(tmp_path / "source", content=os.urandom(48 << 20))
    newer = written(tmp_path / "source", b"newer.jpg", b"newer")
    goal = os.fsencode(elsewhere / "a.jpg")
    temporary = temporary_name(goal)

    def exchange() -> None:
        while not os.path.lexists(temporary):
            time.sleep(0)
        os.replace(newer, source)

    thread = threading.Thread(target=exchange)
    thread.start()
    with pytest.raises(ActionRefused, match="changed since the search"):
        move(witness(source), goal, temporary)
    thread.join()
    assert read(source) == b"newer"
    assert os.listdir(elsewhere) == []


def test_a_copy_that_does_not_equal_the_original_is_thrown_away(tmp_path, elsewhere):
    content = os.urandom(48 << 20)
    source = written(tmp_path / "source", content=content)
    goal = os.fsencode(elsewhere / "a.jpg")
    temporary = temporary_name(goal)

    def damage() -> None:  # as a failing disk does
        while not os.path.lexists(temporary) or not os.path.getsize(temporary):
            time.sleep(0)
        with open(temporary, "r+b") as copied:
            copied.write(bytes(100))

    thread = threading.Thread(target=damage)
    thread.start()
    with pytest.raises(ActionRefused, match="copy does not equal the original"):
        move(witness(source), goal, temporary)
    thread.join()
    assert read(source) == content
    assert os.listdir(elsewhere) == []


def test_content_that_is_not_what_was_searched_is_not_copied_away(tmp_path, elsewhere):
    source = written(tmp_path / "source")
    seen = witness(source)
    with open(source, "r+b") as file:
        file.write(b"CONTENT")
    os.utime(source, ns=(seen.mtime_ns, seen.mtime_ns))
    with pytest.raises(ActionRefused, match="content is not what it was"):
        taken_to(seen, elsewhere)
    assert read(source) == b"CONTENT"
    assert os.listdir(elsewhere) == []


def test_other_names_of_a_file_stay(tmp_path, target):
    source = written(tmp_path / "source")
    os.link(source, tmp_path / "other.jpg")
    assert read(taken_to(witness(source), target)) == b"content"
    assert read(tmp_path / "other.jpg") == b"content"


def test_a_link_is_not_taken_for_what_it_leads_to(tmp_path, target):
    source = written(tmp_path / "source")
    seen = witness(source)
    os.rename(source, tmp_path / "real.jpg")
    os.symlink(tmp_path / "real.jpg", source)
    with pytest.raises(ActionRefused, match="changed since the search"):
        taken_to(seen, target)
    assert os.path.islink(source)
    assert read(tmp_path / "real.jpg") == b"content"


def test_a_temporary_name_that_is_taken_is_left_alone(tmp_path, elsewhere):
    source = written(tmp_path / "source")
    theirs = written(elsewhere, b"theirs", b"theirs")
    with pytest.raises(ActionRefused, match="temporary copy is taken"):
        move(witness(source), os.fsencode(elsewhere / "a.jpg"), theirs)
    assert read(source) == b"content"
    assert read(theirs) == b"theirs"


def test_a_file_is_not_moved_into_its_own_folder(tmp_path):
    source = written(tmp_path / "source")
    (tmp_path / "link").symlink_to(tmp_path / "source")
    for folder in ("source", "link"):
        refused_move(source, tmp_path / folder, "in that folder already")


def test_a_folder_to_move_to_is_made_or_the_reason_said(tmp_path):
    make_folder(os.fsencode(tmp_path / "new" / "er"))
    assert (tmp_path / "new" / "er").is_dir()
    written(tmp_path, b"file")
    with pytest.raises(ActionRefused, match="cannot be created"):
        make_folder(os.fsencode(tmp_path / "file"))


KILLED = """
import os, sys
sys.path.insert(0, sys.argv[1])
from difd.actions.verbs.moving import move
from harness.witnesses import witness
file = witness(os.fsencode(sys.argv[2]))
print("ready", flush=True)
sys.stdin.readline()
move(file, os.fsencode(sys.argv[3]), os.fsencode(sys.argv[4]))
print("moved", flush=True)
sys.stdin.readline()
"""


def kill_while_moving(tmp_path: Path, elsewhere: Path, seeds: range) -> None:
    """At every moment there is the original or a whole copy."""
    content = os.urandom(16 << 20)
    harness = Path(__file__).parents[2]
    outcomes = []
    for seed in seeds:
        chance = random.Random(seed)
        source = written(tmp_path / "source", content=content)
        goal, temporary = elsewhere / "a.jpg", elsewhere / ".difd-1.part"
        with subprocess.Popen(
            [sys.executable, "-c", KILLED, harness, source, goal, temporary],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        ) as process:
            assert process.stdin
            assert process.stdout
            process.stdout.readline()
            process.stdin.write(b"\n")
            process.stdin.flush()
            copied = chance.choice([0, chance.random(), 1]) * len(content)
            while not goal.exists():
                with suppress(FileNotFoundError):
                    if temporary.stat().st_size >= copied:
                        break
            if copied == len(content):  # reading back, dressing, naming, removing
                time.sleep(chance.uniform(0, 0.02))
            process.send_signal(signal.SIGKILL)
        left = {path.name for path in elsewhere.iterdir()}
        assert left <= {"a.jpg", ".difd-1.part"}
        original = os.path.lexists(source)
        assert not original or read(source) == content
        assert "a.jpg" not in left or read(goal) == content
        assert original or "a.jpg" in left
        outcomes.append((original, *sorted(left)))
        for path in elsewhere.iterdir():
            path.unlink()
    print({outcome: outcomes.count(outcome) for outcome in outcomes})
    assert (True, ".difd-1.part") in outcomes, "no kill hit the copying"


def test_a_move_that_is_killed_leaves_the_original_or_a_whole_copy(tmp_path, elsewhere):
    kill_while_moving(tmp_path, elsewhere, range(12))


@pytest.mark.long
@pytest.mark.timeout(600)
def test_moves_that_are_killed_at_two_hundred_moments_lose_nothing(tmp_path, elsewhere):
    kill_while_moving(tmp_path, elsewhere, range(200))
