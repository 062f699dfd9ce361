"""Discovery: which files a search reads, which not, and why."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from harness.folders import names, reasons, search, touch

from difd.engine.find.discover import discover
from difd.engine.work import Cancelled
from difd.protocol.errors import InvalidOption
from difd.protocol.options import SearchOptions


def test_finds_images_in_all_subfolders_in_byte_order(tmp_path):
    for name in ("b.jpg", "a/z.PNG", "a-/y.gif", "a/b/.hidden.jpg", ".config/x.jpeg"):
        touch(tmp_path / name)
    found = search(tmp_path)
    assert names(found, tmp_path) == [
        ".config/x.jpeg",
        "a-/y.gif",
        "a/b/.hidden.jpg",
        "a/z.PNG",
        "b.jpg",
    ]
    assert found.folders == (os.fsencode(tmp_path),)
    assert found.unreadable == []


def test_without_recursion_subfolders_stay_out(tmp_path):
    touch(tmp_path / "a.jpg")
    touch(tmp_path / "sub/b.jpg")
    assert names(search(tmp_path, recursive=False), tmp_path) == ["a.jpg"]


def test_an_empty_folder_is_an_empty_search(tmp_path):
    found = search(tmp_path)
    assert (found.files, found.unreadable) == ([], [])


def test_other_file_types_are_listed_as_unsupported(tmp_path):
    for name in ("a.txt", "b", "c.svg", "photo.jpg.part", ".png"):
        touch(tmp_path / name)
    found = search(tmp_path)
    assert names(found, tmp_path) == [".png"]
    assert reasons(found, tmp_path) == dict.fromkeys(
        ["a.txt", "b", "c.svg", "photo.jpg.part"], "Unsupported file type"
    )


def test_what_is_given_by_name_is_a_candidate_whatever_its_name(tmp_path):
    for name in ("a.txt", "noext", "b.txt"):
        touch(tmp_path / name)
    found = search(tmp_path / "a.txt", tmp_path / "noext", tmp_path)
    assert names(found, tmp_path) == ["a.txt", "noext"]
    assert [entry.path for entry in found.unreadable] == [os.fsencode(tmp_path / "b.txt")]


def test_without_the_limit_every_file_is_a_candidate(tmp_path):
    touch(tmp_path / "a.txt")
    touch(tmp_path / "b")
    assert names(search(tmp_path, limit_extensions=False), tmp_path) == ["a.txt", "b"]


@pytest.mark.parametrize("extension", ["bmp", "avif", "HEIC", "heif", "jxl", "qoi", "jp2", "cr2"])
def test_extensions_that_difpy_leaves_out_are_read(tmp_path, extension):
    touch(tmp_path / f"a.{extension}")
    assert len(search(tmp_path).files) == 1


def test_names_with_glob_characters_and_newlines_are_plain_names(tmp_path):
    wanted = ["[2024]/*.jpg", "a\nb.jpg", "-rf.jpg", "'\"$(x).jpg", "\u00e9.jpg", "e\u0301.jpg"]
    for name in wanted:
        touch(tmp_path / name)
    assert sorted(names(search(tmp_path), tmp_path)) == sorted(wanted)
    assert names(search(tmp_path / "[2024]"), tmp_path) == ["[2024]/*.jpg"]


def test_names_that_are_not_utf8_keep_their_bytes(tmp_path):
    path = os.fsencode(tmp_path) + b"/\xff\xfe\x80.jpg"
    with open(path, "wb") as file:
        file.write(b"x")
    assert [found.path for found in search(tmp_path).files] == [path]
    assert search(tmp_path, exclude=("*.png",)).files[0].path == path


def test_hard_links_are_one_file_with_several_names(tmp_path):
    touch(tmp_path / "b.jpg")
    os.link(tmp_path / "b.jpg", tmp_path / "c.jpg")
    (tmp_path / "sub").mkdir()
    os.link(tmp_path / "b.jpg", tmp_path / "sub/a.jpg")
    (file,) = search(tmp_path).files
    base = os.fsencode(tmp_path)
    assert file.path == base + b"/b.jpg"
    assert file.links == (base + b"/c.jpg", base + b"/sub/a.jpg")


def test_a_link_to_a_file_in_the_search_is_another_name_and_never_the_first(tmp_path):
    touch(tmp_path / "b.jpg")
    (tmp_path / "a.jpg").symlink_to("b.jpg")
    found = search(tmp_path)
    (file,) = found.files
    assert file.path == os.fsencode(tmp_path / "b.jpg")
    assert file.links == (os.fsencode(tmp_path / "a.jpg"),)
    assert found.unreadable == []


def test_links_that_lead_outside_or_nowhere_are_listed(tmp_path):
    touch(tmp_path / "out/a.jpg")
    inside = tmp_path / "in"
    inside.mkdir()
    (inside / "file.jpg").symlink_to(tmp_path / "out/a.jpg")
    (inside / "folder").symlink_to(tmp_path / "out")
    (inside / "gone.jpg").symlink_to("nothing.jpg")
    (inside / "self.jpg").symlink_to("self.jpg")
    found = search(inside)
    assert found.files == []
    assert reasons(found, inside) == {
        "file.jpg": "symbolic link to a file outside the search",
        "folder": "symbolic link to a folder outside the search",
        "gone.jpg": "broken symbolic link",
        "self.jpg": "broken symbolic link",
    }


def test_linked_folders_are_not_followed_so_loops_end(tmp_path):
    touch(tmp_path / "a/b/1.jpg")
    (tmp_path / "a/b/up").symlink_to("..")
    (tmp_path / "a/b/self").symlink_to(".")
    found = search(tmp_path)
    assert names(found, tmp_path) == ["a/b/1.jpg"]
    assert found.unreadable == []


def test_pipes_sockets_and_devices_are_never_opened(tmp_path):
    os.mkfifo(tmp_path / "pipe.jpg")
    server = socket.socket(socket.AF_UNIX)
    server.bind(str(tmp_path / "socket.jpg"))
    (tmp_path / "device.jpg").symlink_to("/dev/null")
    found = search(tmp_path)
    server.close()
    assert found.files == []
    assert reasons(found, tmp_path) == {
        "pipe.jpg": "is a named pipe, not a file",
        "socket.jpg": "is a socket, not a file",
        "device.jpg": "is a device, not a file",
    }


def test_exclude_takes_gitignore_rules_relative_to_the_given_folder(tmp_path):
    for name in ("keep/a.jpg", "cache/b.jpg", "x/cache/c.jpg", "top.jpg", "x/top.jpg", "x/d.png"):
        touch(tmp_path / name)
    assert names(search(tmp_path, exclude=("cache/",)), tmp_path) == [
        "keep/a.jpg",
        "top.jpg",
        "x/d.png",
        "x/top.jpg",
    ]
    assert names(search(tmp_path, exclude=("/top.jpg", "*.png", "x/cache")), tmp_path) == [
        "cache/b.jpg",
        "keep/a.jpg",
        "x/top.jpg",
    ]
    kept = search(tmp_path, exclude=("*.jpg", "!keep/*.jpg"))
    assert names(kept, tmp_path) == ["keep/a.jpg", "x/d.png"]
    assert kept.unreadable == []


def test_a_pattern_that_means_nothing_is_an_invalid_option(tmp_path):
    with pytest.raises(InvalidOption, match="exclude"):
        search(tmp_path, exclude=("!",))


def test_small_files_are_left_out_silently(tmp_path):
    touch(tmp_path / "small.jpg", b"x" * 9)
    touch(tmp_path / "large.jpg", b"x" * 10)
    found = search(tmp_path, min_bytes=10)
    assert names(found, tmp_path) == ["large.jpg"]
    assert found.unreadable == []


def test_what_discovery_saw_is_in_the_record_of_the_file(tmp_path):
    path = touch(tmp_path / "a.jpg", b"12345")
    (file,) = search(tmp_path).files
    status = path.stat()
    assert (file.device, file.inode, file.size) == (status.st_dev, status.st_ino, 5)
    assert (file.mtime_ns, file.ctime_ns) == (status.st_mtime_ns, status.st_ctime_ns)
    assert file.writable


def test_a_cancelled_walk_ends(tmp_path):
    touch(tmp_path / "a.jpg")
    options = SearchOptions(paths=(os.fsencode(tmp_path),))
    with pytest.raises(Cancelled):
        discover(options, lambda: True, lambda _: None)


def test_progress_counts_the_files_found(tmp_path):
    for index in range(5):
        touch(tmp_path / f"{index}/a.jpg")
    told: list[int] = []
    discover(SearchOptions(paths=(os.fsencode(tmp_path),)), lambda: False, told.append)
    assert told[-1] == 5
    assert told == sorted(told)


def test_a_folder_with_65000_entries_is_found_whole(tmp_path):
    folder = os.open(tmp_path, os.O_DIRECTORY)
    for index in range(65_000):
        os.mknod(f"{index}.jpg", dir_fd=folder)
    os.close(folder)
    assert len(search(tmp_path).files) == 65_000


def test_paths_longer_than_the_system_allows_are_reported(tmp_path):
    deep = os.open(tmp_path, os.O_DIRECTORY)
    for _ in range(25):
        os.mkdir("d" * 200, dir_fd=deep)
        below = os.open("d" * 200, os.O_DIRECTORY, dir_fd=deep)
        os.close(deep)
        deep = below
    os.close(deep)
    found = search(tmp_path)
    assert found.files == []
    assert [entry.reason for entry in found.unreadable] == ["cannot be read: File name too long"]


@pytest.fixture
def public() -> Iterator[Path]:
    """A folder that other users may enter."""
    with tempfile.TemporaryDirectory() as name:
        path = Path(name)
        path.chmod(0o755)
        yield path


AS_NOBODY = """
import json, os, sys
from difd.engine.find.discover import discover
from difd.engine.read.decode import ReadRequest, read
from difd.engine.record import Unreadable
from difd.protocol.errors import DifdError
from difd.protocol.options import SearchOptions
if os.geteuid() == 0:
    os.setgroups([]); os.setgid(65534); os.setuid(65534)
try:
    found = discover(SearchOptions(paths=(os.fsencode(sys.argv[1]),)), lambda: False, print)
except DifdError as error:
    print(json.dumps([error.code, error.message]))
    raise SystemExit
unreadable = [*found.unreadable, *(read(ReadRequest(file, 50)) for file in found.files)]
print(json.dumps({
    "writable": {os.fsdecode(file.path): file.writable for file in found.files},
    "unreadable": {os.fsdecode(entry.path): entry.reason for entry in unreadable},
}))
"""


def as_nobody(path: Path):
    run = subprocess.run(
        [sys.executable, "-c", AS_NOBODY, str(path)], capture_output=True, text=True, check=True
    )
    return json.loads(run.stdout.splitlines()[-1])


def test_what_the_user_may_not_read_is_reported(public):
    touch(public / "locked/a.jpg")
    touch(public / "secret.jpg").chmod(0)
    (public / "locked").chmod(0)
    seen = as_nobody(public)
    assert seen["unreadable"] == {
        str(public / "locked"): "folder: permission denied",
        str(public / "secret.jpg"): "permission denied",
    }
    assert seen["writable"] == {str(public / "secret.jpg"): False}
    (public / "locked").chmod(0o700)


def test_a_given_folder_that_may_not_be_read_is_refused(public):
    (public / "locked").mkdir()
    (public / "locked").chmod(0)
    code, message = as_nobody(public / "locked")
    assert code == "path_unreadable"
    assert "locked' cannot be read: Permission denied" in message
    (public / "locked").chmod(0o700)


BIND_AND_SEARCH = """
import os, subprocess, sys
from difd.engine.find.discover import discover
from difd.protocol.options import SearchOptions
top = sys.argv[1]
subprocess.run(["mount", "--bind", top, os.path.join(top, "a/loop")], check=True)
subprocess.run(["mount", "--bind", os.path.join(top, "b"), os.path.join(top, "c")], check=True)
found = discover(SearchOptions(paths=(os.fsencode(top),)), lambda: False, lambda _: None)
print([os.path.relpath(os.fsdecode(file.path), top) for file in found.files])
print(sorted(entry.reason.split(" mounted ")[0] for entry in found.unreadable))
"""


def test_a_folder_mounted_inside_itself_or_twice_is_walked_once(tmp_path):
    for name in ("a/1.jpg", "b/2.jpg"):
        touch(tmp_path / name)
    (tmp_path / "a/loop").mkdir()
    (tmp_path / "c").mkdir()
    run = subprocess.run(
        ["unshare", "-Urm", sys.executable, "-c", BIND_AND_SEARCH, str(tmp_path)],
        capture_output=True,
        text=True,
        check=False,
    )
    if (run.returncode and "unshare" in run.stderr) or "mount" in run.stderr:
        pytest.skip(f"needs a user namespace that may mount: {run.stderr}")
    files, reasons = run.stdout.splitlines()
    assert files in ("['a/1.jpg', 'b/2.jpg']", "['a/1.jpg', 'c/2.jpg']")
    assert reasons == "['the same folder is', 'the same folder is']"
