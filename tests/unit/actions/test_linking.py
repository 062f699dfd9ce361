"""Links instead of copies: of equal files only, complete or not at all, and files again on undo."""

from __future__ import annotations

import os
import threading
import time
from contextlib import suppress
from pathlib import Path

import pytest
from harness import files
from harness.disks import reflink_disk, small_disk
from harness.files import read
from harness.kills import killed_while_it_repeats
from harness.links import replace, separate
from harness.witnesses import NAMES, OTHER_USER, said_to_another_user, witness

from difd.actions.files.appearance import appearance_of
from difd.actions.files.naming import temporary_name
from difd.digests import digest_of
from difd.protocol.errors import ActionRefused
from difd.system import renames
from difd.system.posix import renames as posix_renames

CONTENT = b"content" * 1000
DIGEST = digest_of(CONTENT)


def written(folder: Path, name: bytes = b"a.jpg", content: bytes = CONTENT) -> bytes:
    return files.written(folder, name, content)


@pytest.fixture
def pair(tmp_path):
    """A file and the one that stays, in two folders; the file has its own times."""
    file, keeper = written(tmp_path / "extra"), written(tmp_path / "kept", b"k.jpg")
    os.chmod(file, 0o640)
    os.utime(file, ns=(10**18 + 1, 10**18 + 3))
    return file, keeper


def linked(file: bytes, keeper: bytes, kind) -> None:
    replace(witness(file), witness(keeper), kind, temporary_name(file))


def apart(file: bytes, keeper: bytes, appearance, digest: bytes = DIGEST) -> None:
    separate(file, keeper, digest, appearance, temporary_name(file))


def refused(file: bytes, keeper: bytes, kind, match: str) -> ActionRefused:
    """Nothing changes but for the refusal."""
    before, inode = read(file), os.lstat(file).st_ino
    with pytest.raises(ActionRefused, match=match) as refusal:
        linked(file, keeper, kind)
    assert read(file) == before
    assert os.lstat(file).st_ino == inode
    assert not [name for name in os.listdir(os.path.dirname(file)) if name.startswith(b".difd-")]
    return refusal.value


def is_link(file: bytes, keeper: bytes, kind) -> bool:
    if kind == "hard":
        return os.lstat(file).st_ino == os.lstat(keeper).st_ino
    return os.readlink(file) == keeper


@pytest.mark.parametrize("kind", ["hard", "symbolic"])
@pytest.mark.parametrize("name", NAMES, ids=lambda name: repr(name[:12]))
def test_a_file_becomes_a_link_and_a_file_again(tmp_path, name, kind):
    file, keeper = written(tmp_path / "extra", name), written(tmp_path / "kept", name)
    os.chmod(file, 0o640)
    os.utime(file, ns=(10**18 + 1, 10**18 + 3))
    before = appearance_of(file)
    linked(file, keeper, kind)
    assert is_link(file, keeper, kind)
    assert read(file) == CONTENT
    assert os.listdir(os.path.dirname(file)) == [name]
    apart(file, keeper, before)
    again = os.lstat(file)
    assert again.st_ino != os.lstat(keeper).st_ino
    assert (again.st_mode & 0o7777, again.st_mtime_ns) == (0o640, 10**18 + 3)
    assert appearance_of(file).xattrs == before.xattrs
    assert read(file) == read(keeper) == CONTENT
    assert os.listdir(os.path.dirname(file)) == [name]


def test_a_symbolic_link_leads_to_another_file_system(pair, elsewhere):
    _, keeper = pair
    file = written(elsewhere)
    os.utime(file, ns=(10**18, 10**18 + 3))
    before = appearance_of(file)
    refusal = refused(file, keeper, "hard", "on another file system")
    assert refusal.hint
    refused(file, keeper, "reflink", "on another file system")
    linked(file, keeper, "symbolic")
    assert os.readlink(file) == keeper
    apart(file, keeper, before)
    assert not os.path.islink(file)
    assert os.lstat(file).st_mtime_ns == 10**18 + 3


def test_a_reflink_keeps_what_the_file_looked_like(tmp_path):
    with reflink_disk(tmp_path / "disk") as disk:
        file = written(disk / "extra", content=CONTENT * 100)
        keeper = written(disk / "kept", content=CONTENT * 100)
        os.chmod(file, 0o640)
        os.setxattr(file, b"user.tag", b"holiday")
        os.utime(file, ns=(10**18 + 1, 10**18 + 3))
        before, inode = appearance_of(file), os.lstat(file).st_ino
        linked(file, keeper, "reflink")
        after = os.lstat(file)
        assert after.st_ino not in {inode, os.lstat(keeper).st_ino}
        assert (after.st_mode & 0o7777, after.st_mtime_ns) == (0o640, 10**18 + 3)
        assert os.getxattr(file, b"user.tag") == b"holiday"
        assert read(file) == CONTENT * 100
        assert os.listdir(disk / "extra") == ["a.jpg"]
        apart(file, keeper, before, digest_of(CONTENT * 100))
        assert os.lstat(file).st_ino == after.st_ino
        with open(file, "r+b") as own:  # shares blocks, but no content
            own.write(b"changed")
        assert read(keeper) == CONTENT * 100


def test_a_file_system_without_reflinks_says_so(tmp_path):
    with small_disk(tmp_path / "disk", "1m") as disk:
        file, keeper = written(disk / "extra"), written(disk / "kept")
        refusal = refused(file, keeper, "reflink", "no reflinks")
        assert refusal.hint
        assert "Btrfs" in refusal.hint


@pytest.mark.parametrize("kind", ["hard", "symbolic", "reflink"])
def test_files_that_differ_are_never_linked(tmp_path, kind):
    file, keeper = written(tmp_path / "extra"), written(tmp_path / "kept", content=b"other")
    refused(file, keeper, kind, "Only files with the same bytes")


@pytest.mark.parametrize("kind", ["hard", "symbolic"])
def test_a_file_or_keeper_that_changed_is_left_alone(pair, kind):
    file, keeper = pair
    for changed in (file, keeper):
        seen = witness(file), witness(keeper)
        with open(changed, "ab") as content:
            content.write(b"more")
        with pytest.raises(ActionRefused, match="changed since the search") as refusal:
            replace(*seen, kind, temporary_name(file))
        assert refusal.value.path == changed
        assert not os.path.islink(file)
        assert os.lstat(file).st_nlink == 1
        with open(changed, "r+b") as content:
            content.truncate(len(CONTENT))
    assert os.listdir(os.path.dirname(file)) == [b"a.jpg"]


@pytest.mark.parametrize("kind", ["hard", "symbolic"])
def test_a_keeper_that_was_exchanged_for_a_link_is_not_linked_to(pair, kind):
    file, keeper = pair
    seen = witness(file), witness(keeper)
    os.unlink(keeper)
    os.symlink(file, keeper)  # a link to itself would be all that is left
    with pytest.raises(ActionRefused):
        replace(*seen, kind, temporary_name(file))
    assert read(file) == CONTENT
    assert not os.path.islink(file)
    assert os.listdir(os.path.dirname(file)) == [b"a.jpg"]


@pytest.mark.parametrize("kind", ["hard", "symbolic"])
def test_another_name_of_the_keeper_is_left_alone(pair, kind):
    file, keeper = pair
    os.unlink(file)
    os.link(keeper, file)
    refused(file, keeper, kind, "another name of the file that stays")


def test_a_file_that_is_being_written_is_not_replaced(pair):
    file, keeper = pair
    with open(file, "ab"):
        refused(file, keeper, "hard", "Another program is writing to it")


@pytest.mark.parametrize("kind", ["hard", "symbolic"])
def test_what_takes_the_name_where_names_cannot_be_exchanged_is_not_overwritten(
    pair, kind, monkeypatch
):
    file, keeper = pair
    monkeypatch.setattr(posix_renames, "_rename", None)
    exchange = renames.exchange

    def after_a_program_saved(*names) -> bool:
        work = written(Path(os.fsdecode(os.path.dirname(file))), b"new", b"somebody's work")
        os.rename(work, file)
        return exchange(*names)

    monkeypatch.setattr(renames, "exchange", after_a_program_saved)
    with pytest.raises(ActionRefused, match="changed"):
        linked(file, keeper, kind)
    assert read(file) == b"somebody's work"
    assert os.listdir(os.path.dirname(file)) == [os.path.basename(file)]
    assert read(keeper) == CONTENT


@pytest.mark.parametrize("kind", ["hard", "symbolic"])
def test_where_names_cannot_be_exchanged_a_link_is_made_too(pair, kind, monkeypatch):
    monkeypatch.setattr(posix_renames, "_rename", None)
    linked(*pair, kind)
    assert is_link(*pair, kind)
    assert read(pair[0]) == CONTENT


def test_a_temporary_name_that_is_taken_is_left_alone(pair):
    file, keeper = pair
    theirs = written(Path(os.fsdecode(os.path.dirname(file))), b"theirs", b"theirs")
    for kind in ("hard", "symbolic", "reflink"):
        with pytest.raises(ActionRefused, match="File exists"):
            replace(witness(file), witness(keeper), kind, theirs)
    assert read(theirs) == b"theirs"
    assert read(file) == CONTENT


def test_a_file_of_another_user_is_not_replaced(open_folder):
    for name in ("a", "b"):
        written(open_folder / name)
        os.chown(open_folder / name, OTHER_USER, OTHER_USER)
    link = (
        "harness.links.replace(witness(here + b'/a/a.jpg'), witness(here + b'/b/a.jpg'),"
        " 'symbolic', here + b'/a/t')"
    )
    assert said_to_another_user(open_folder, link) == "It belongs to another user, and stays."
    assert not os.path.islink(open_folder / "a" / "a.jpg")


def test_the_name_is_never_without_content_while_it_becomes_a_link_and_back(pair):
    file, keeper = pair
    before = appearance_of(file)
    done = threading.Event()
    seen = set()

    def look() -> None:
        while not done.is_set():
            with suppress(OSError):
                seen.add(read(file))
                continue
            seen.add(None)

    thread = threading.Thread(target=look)
    thread.start()
    for _ in range(20):
        for kind in ("hard", "symbolic"):
            linked(file, keeper, kind)
            apart(file, keeper, before)
    done.set()
    thread.join()
    assert seen == {CONTENT}


def test_a_link_whose_keeper_is_gone_or_changed_is_left_alone(pair):
    file, keeper = pair
    before = appearance_of(file)
    linked(file, keeper, "symbolic")
    with open(keeper, "r+b") as content:
        content.write(b"CHANGED")
    with pytest.raises(ActionRefused, match="not what it was"):
        apart(file, keeper, before)
    os.unlink(keeper)
    with pytest.raises(ActionRefused, match="any more"):
        apart(file, keeper, before)
    assert os.readlink(file) == keeper
    assert os.listdir(os.path.dirname(file)) == [b"a.jpg"]


def test_a_link_that_somebody_turned_elsewhere_is_left_alone(pair, tmp_path):
    file, keeper = pair
    before = appearance_of(file)
    linked(file, keeper, "symbolic")
    os.unlink(file)
    os.symlink(tmp_path / "elsewhere", file)
    with pytest.raises(ActionRefused, match="a link to another file now"):
        apart(file, keeper, before)
    assert os.readlink(file) == os.fsencode(tmp_path / "elsewhere")


@pytest.mark.parametrize("gone", ["the keeper", "nothing"])
def test_a_file_that_is_one_of_its_own_already_stays_as_it_is(pair, gone):
    file, keeper = pair
    before = appearance_of(file)
    if gone == "the keeper":
        linked(file, keeper, "hard")
        os.unlink(keeper)
    inode = os.lstat(file).st_ino
    apart(file, keeper, before)
    assert os.lstat(file).st_ino == inode
    assert read(file) == CONTENT


def test_a_file_that_takes_the_place_of_the_link_meanwhile_stays(tmp_path):
    content = os.urandom(48 << 20)
    keeper = written(tmp_path / "kept", content=content)
    newer = written(tmp_path / "extra", b"newer.jpg", b"newer")
    file = os.fsencode(tmp_path / "extra" / "a.jpg")
    os.symlink(keeper, file)
    temporary = temporary_name(file)

    def exchange() -> None:
        while not os.path.lexists(temporary):
            time.sleep(0)
        os.replace(newer, file)

    thread = threading.Thread(target=exchange)
    thread.start()
    with pytest.raises(ActionRefused, match="changed meanwhile"):
        separate(file, keeper, digest_of(content), appearance_of(keeper), temporary)
    thread.join()
    assert read(file) == b"newer"
    assert os.listdir(tmp_path / "extra") == ["a.jpg"]


def test_a_link_that_would_lead_to_itself_is_not_made(tmp_path, monkeypatch):
    file, keeper = written(tmp_path / "extra"), written(tmp_path / "kept")
    monkeypatch.chdir(tmp_path / "kept")
    with pytest.raises(ActionRefused):
        replace(witness(file), witness(os.path.basename(keeper)), "symbolic", temporary_name(file))
    assert read(file) == CONTENT
    assert os.listdir(tmp_path / "extra") == ["a.jpg"]


def test_a_file_of_other_content_in_the_place_of_the_link_is_left_alone(pair):
    file, keeper = pair
    before = appearance_of(file)
    linked(file, keeper, "hard")
    os.unlink(file)
    written(Path(os.fsdecode(os.path.dirname(file))), content=b"newer")
    with pytest.raises(ActionRefused, match="another file in its place"):
        apart(file, keeper, before)
    assert read(file) == b"newer"


def test_a_full_disk_leaves_the_link(tmp_path):
    content = os.urandom(700 << 10)
    with small_disk(tmp_path / "disk", "1m") as disk:
        keeper = written(disk / "kept", content=content)
        file = os.path.join(os.fsencode(disk), b"a.jpg")
        os.link(keeper, file)
        with pytest.raises(ActionRefused, match="No space left"):
            apart(file, keeper, appearance_of(file), digest_of(content))
        assert os.lstat(file).st_ino == os.lstat(keeper).st_ino
        assert sorted(os.listdir(disk)) == ["a.jpg", "kept"]


SETUP = """
from difd.actions.files.appearance import appearance_of
from harness.links import replace, separate
path, keeper = map(os.fsencode, sys.argv[2:4])
kept, before = witness(keeper), appearance_of(path)
temporary = os.path.dirname(path) + b"/.difd-1.part"
"""
THERE_AND_BACK = """
    for kind in ("hard", "symbolic"):
        replace(witness(path), kept, kind, temporary)
        separate(path, keeper, kept.digest, before, temporary)
"""


def kill_often(file: bytes, keeper: bytes, seeds: range) -> None:
    """The name always has its content, through a link or by itself."""
    left = []
    for seed in seeds:
        killed_while_it_repeats(seed, SETUP, THERE_AND_BACK, file, keeper)
        assert read(file) == read(keeper) == CONTENT
        links = os.path.islink(file), os.lstat(file).st_ino == os.lstat(keeper).st_ino
        apart(file, keeper, appearance_of(file))
        left.append((*links, *sorted(set(os.listdir(os.path.dirname(file))) - {b"a.jpg"})))
        for name in left[-1][2:]:
            os.unlink(os.path.join(os.path.dirname(file), name))
    print({where: left.count(where) for where in left})


def test_linking_that_is_killed_loses_nothing(pair):
    kill_often(*pair, range(6))


@pytest.mark.long
@pytest.mark.timeout(600)
def test_linking_that_is_killed_at_two_hundred_moments_loses_nothing(pair):
    kill_often(*pair, range(200))
