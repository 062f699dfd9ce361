"""Files and locks as the seams have them on Windows. Runs in a Windows only."""

from __future__ import annotations

import ctypes
import os
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from difd.actions.files.appearance import appearance_of, dress
from difd.protocol.ownership import check_folder, make_folder, open_file
from difd.system import attributes, endpoint, files, locks, mounts, owners, paths
from difd.system.windows import handles, kernel
from difd.system.windows.paths import plain


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "picture.jpg"
    path.write_bytes(b"all of it")
    return path


def test_two_descriptors_cannot_lock_one_file_and_both_can_read_it(file):
    one, two = files.open_plain(file, os.O_RDWR), files.open_plain(file, os.O_RDWR)
    locks.take(one)
    with pytest.raises(BlockingIOError):
        locks.take(two)
    assert files.read_at(two, 3, 4) == b"of "
    locks.release(one)
    locks.take(two)
    os.close(one)
    os.close(two)


def test_a_lock_may_be_shared_and_keeps_out_who_wants_it_alone(file):
    one, two, three = (files.open_plain(file, os.O_RDWR) for _ in range(3))
    locks.take(one, shared=True)
    locks.take(two, shared=True)
    with pytest.raises(BlockingIOError):
        locks.take(three)
    for descriptor in (one, two, three):
        os.close(descriptor)


def test_a_lock_is_free_when_its_process_was_ended(file):
    code = (
        "import os, sys\n"
        "from difd.system import files, locks\n"
        "locks.take(files.open_plain(sys.argv[1], os.O_RDWR))\n"
        "print('held', flush=True)\n"
        "sys.stdin.read()\n"
    )
    with subprocess.Popen(
        [sys.executable, "-c", code, str(file)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as process:
        assert process.stdout.readline().strip() == b"held"
        mine = files.open_plain(file, os.O_RDWR)
        with pytest.raises(BlockingIOError):
            locks.take(mine)
        process.kill()
    locks.take(mine)
    os.close(mine)


def test_what_is_written_to_a_place_is_read_from_it_and_lines_stay_as_they_are(file):
    descriptor = files.open_plain(file, os.O_RDWR)
    assert files.write_at(descriptor, b"\n\r\n\x1a", 9) == 4
    assert files.read_at(descriptor, 100, 8) == b"t\n\r\n\x1a"
    assert files.read_at(descriptor, 100, 100) == b""
    files.sync(descriptor)
    os.close(descriptor)


def test_an_open_file_can_be_renamed_replaced_and_removed(file):
    descriptor = files.open_plain(file)
    file.rename(file.with_name("other.jpg"))
    file.write_bytes(b"new")
    os.replace(file.with_name("other.jpg"), file)
    file.unlink()
    assert files.read_at(descriptor, 3, 0) == b"all"
    os.close(descriptor)


def test_a_folder_is_no_file_and_a_file_no_folder(file):
    with pytest.raises(IsADirectoryError):
        files.open_plain(file.parent)
    with pytest.raises(NotADirectoryError):
        files.open_folder(file)


def test_a_folder_that_is_held_stays_where_it_is(tmp_path):
    folder = tmp_path / "held"
    folder.mkdir()
    held = files.open_folder(folder)
    with pytest.raises(PermissionError):
        folder.rename(tmp_path / "elsewhere")
    os.close(files.open_plain("made", files.NEW, folder=held))
    with pytest.raises(FileExistsError):
        files.open_plain("made", files.NEW, folder=held)
    assert files.list_folder(held) == ["made"]
    files.link("made", "twin", held, held)
    assert files.status("twin", held).st_nlink == 2
    files.replace("twin", "made", held)
    files.unlink("made", held)
    os.close(held)
    folder.rename(tmp_path / "elsewhere")


def test_a_folder_of_ours_is_safe_and_its_owner_is_known(tmp_path):
    make_folder(tmp_path / "ours", private=True)
    check_folder(tmp_path / "ours", private=True)
    status = os.stat(tmp_path / "ours")
    path = os.fsencode(tmp_path / "ours")
    assert owners.is_mine(status, path)
    assert owners.belongs_to(status, path).startswith("S-1-5-")
    descriptor = open_file(tmp_path / "ours" / "file", os.O_RDWR | os.O_CREAT)
    assert os.write(descriptor, b"1") == 1
    os.close(descriptor)


@pytest.mark.parametrize(
    ("path", "absolute"),
    [
        (rb"C:\a", True),
        (b"C:/a", True),
        (rb"\\server\share\a", True),
        (rb"\\?\C:\a", True),
        (rb"C:a", False),
        (rb"\a", False),
        (b"a", False),
        (b"", False),
    ],
)
def test_a_path_is_absolute_with_its_drive_or_share(path, absolute):
    assert paths.is_absolute(path) == absolute


def test_names_differ_by_more_than_case_and_slashes():
    assert paths.holds(rb"C:\Pictures", b"c:/pictures/a.jpg")
    assert paths.holds(b"C:\\", rb"C:\a")
    assert not paths.holds(rb"C:\Pictures", rb"C:\Pictures2\a.jpg")
    assert paths.steps(rb"C:\a\b") == (b"C:\\", [b"a", b"b"])


def test_a_path_gets_what_it_needs_to_be_reached():
    assert paths.reachable(rb"C:\a\b.jpg") == rb"C:\a\b.jpg"
    assert paths.reachable(rb"C:\a\con.jpg") == rb"\\?\C:\a\con.jpg"
    assert paths.reachable(rb"C:\a\b.") == rb"\\?\C:\a\b."
    assert paths.reachable(rb"\\server\share\lpt1") == rb"\\?\UNC\server\share\lpt1"
    assert paths.reachable(rb"\\?\C:\a\con") == rb"\\?\C:\a\con"
    assert paths.reachable(rb"C:\confirm\comet.jpg") == rb"C:\confirm\comet.jpg"
    long = b"C:\\" + b"\\".join([b"x" * 100] * 3)
    assert paths.reachable(long) == b"\\\\?\\" + long


def test_what_a_path_needed_is_not_seen_in_comparisons():
    assert paths.holds(rb"C:\a", rb"\\?\C:\A\con")
    assert paths.lies_below(rb"\\?\C:\a", rb"C:\a\b")
    assert not paths.lies_below(rb"C:\a", rb"\\?\C:\a")
    assert paths.below(rb"C:\a", rb"\\?\C:\a\con\b.") == rb"con\b."
    assert plain(rb"\\?\UNC\server\share\a") == rb"\\server\share\a"
    assert paths.labels(rb"\\?\D:\a\b") == [b"D", b"a", b"b"]
    assert paths.labels(rb"\\server\share\a") == [b"server", b"share", b"a"]


def test_a_long_path_is_read_and_written(tmp_path):
    folder = os.fsencode(tmp_path)
    for _ in range(4):
        folder = paths.reachable(os.path.join(folder, b"x" * 90))
        os.mkdir(folder)
    path = os.path.join(folder, b"a.jpg")
    descriptor = files.open_plain(path, files.NEW)
    os.write(descriptor, b"far")
    os.close(descriptor)
    assert files.status(plain(path), None).st_size == 3
    with open(paths.reachable(plain(path)), "rb") as file:
        assert file.read() == b"far"


def test_the_time_of_the_last_change_is_told_and_nobody_can_set_it(file):
    before = files.status(file, None)
    time.sleep(0.05)
    file.write_bytes(b"none of")
    file.write_bytes(b"other 8b")
    os.utime(file, ns=(before.st_atime_ns, before.st_mtime_ns))
    after = files.status(file, None)
    assert (after.st_size, after.st_mtime_ns) == (8, before.st_mtime_ns)
    assert after.st_ctime_ns > before.st_ctime_ns
    descriptor = files.open_plain(file)
    assert files.open_status(descriptor).st_ctime_ns == after.st_ctime_ns
    assert os.path.samestat(files.open_status(descriptor), os.lstat(file))
    os.close(descriptor)
    with os.scandir(os.fsencode(file.parent)) as entries:
        assert [files.listed_status(one).st_ctime_ns for one in entries] == [after.st_ctime_ns]


def test_an_empty_folder_goes_by_the_handle_that_proved_it(tmp_path):
    (tmp_path / "a" / "b").mkdir(parents=True)
    holder = files.open_folder(tmp_path)
    held = files.open_folder("a", folder=holder, removable=True)
    with pytest.raises(OSError, match="empty"):
        files.remove_held(held, "a", holder)
    (tmp_path / "a" / "b").rmdir()
    files.remove_held(held, "a", holder)
    os.close(held)
    os.close(holder)
    assert list(tmp_path.iterdir()) == []


def test_a_file_that_somebody_holds_alone_is_tried_once_more(file):
    held = handles.opened(str(file), handles.READ, 0, handles.OPEN_EXISTING, 0)
    with pytest.raises(PermissionError):
        files.open_plain(file)
    threading.Timer(0.1, kernel.close_handle, (held,)).start()
    descriptor = files.open_plain(file)
    assert files.read_at(descriptor, 3, 0) == b"all"
    os.close(descriptor)


def test_a_hidden_file_stays_hidden_when_it_is_copied(file):
    ctypes.WinDLL("kernel32").SetFileAttributesW(str(file), 2)
    names = attributes.names(os.fsencode(file))
    assert not any(map(attributes.is_of_people, names))
    seen = appearance_of(os.fsencode(file))
    copy = file.with_name("copy.jpg")
    descriptor = files.open_plain(copy, files.NEW)
    dress(descriptor, seen)
    os.close(descriptor)
    assert os.lstat(copy).st_file_attributes & 2
    assert appearance_of(os.fsencode(copy)).xattrs == seen.xattrs
    assert os.lstat(copy).st_mtime_ns == os.lstat(file).st_mtime_ns


@pytest.mark.parametrize(("flags", "elsewhere"), [(0x20, False), (0x40_0020, True), (0x1020, True)])
def test_a_file_whose_content_is_in_a_cloud_is_known(file, flags, elsewhere):
    found = os.stat_result(tuple(os.lstat(file)), {"st_file_attributes": flags})
    assert files.is_elsewhere(found) == elsewhere
    assert not files.is_elsewhere(files.status(file, None))


def test_what_lies_on_a_disk_says_so(file):
    kind = mounts.kind_at(os.fsencode(file))
    assert mounts.tells_files_apart(kind), kind
    assert not mounts.tells_files_apart("network drive")
    assert mounts.tells_files_apart("exFAT")
    assert not mounts.keeps_number("exFAT")


def test_who_has_no_file_finds_nobody(tmp_path):
    place = tmp_path / endpoint.NAME
    assert not endpoint.is_listening(place)
    assert endpoint.address(place) == b"tcp://127.0.0.1:*"
    place.write_text("half")
    assert not endpoint.is_listening(place)
