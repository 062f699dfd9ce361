"""What difd keeps is read only if nobody else can have written it."""

from __future__ import annotations

import grp
import os
import pwd
import stat
import struct
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from difd.protocol.errors import OwnFilesUnsafe
from difd.protocol.ownership import check_file, check_folder, is_own, make_folder, open_file

as_root = pytest.mark.skipif(os.getuid() != 0, reason="only root can give a directory away")

STRANGER = 65533


@pytest.fixture
def own(tmp_path: Path) -> Path:
    return tmp_path / "cache" / "difd"


def refused(check, *arguments, **options) -> OwnFilesUnsafe:
    with pytest.raises(OwnFilesUnsafe) as caught:
        check(*arguments, **options)
    return caught.value


def test_a_folder_is_made_for_its_owner_alone_with_those_above_it(own):
    make_folder(own)
    make_folder(own)
    assert [stat.S_IMODE(path.stat().st_mode) for path in (own, own.parent)] == [0o700, 0o700]


def test_a_folder_that_is_not_there_is_safe(own):
    check_folder(own)
    assert not own.parent.exists()


@pytest.mark.parametrize("mode", [0o777, 0o707, 0o1777])
def test_a_folder_that_others_can_write_to_is_refused(own, mode):
    make_folder(own)
    own.chmod(mode)
    error = refused(check_folder, own)
    assert error.message == "This directory of difd's can be changed by other users."
    assert error.path == os.fsencode(own)
    assert error.hint == f"If nobody else has changed anything there: chmod go-w {own}"


def test_a_folder_that_others_can_read_is_safe_unless_it_is_private(own):
    make_folder(own)
    own.chmod(0o755)
    check_folder(own)
    assert "is open to other users" in refused(check_folder, own, private=True).message


def test_a_link_in_the_place_of_a_folder_is_refused_wherever_it_leads(own, tmp_path):
    make_folder(own.parent)
    own.symlink_to(tmp_path / "nowhere")
    assert "is a link" in refused(check_folder, own).message
    make_folder(tmp_path / "nowhere")
    assert "is a link" in refused(make_folder, own).message


def test_links_of_ones_own_above_it_are_followed(own, tmp_path):
    make_folder(tmp_path / "other disk")
    (tmp_path / "cache").symlink_to("other disk")
    make_folder(own)
    assert (tmp_path / "other disk" / "difd").is_dir()


def test_what_lies_behind_such_a_link_is_looked_at_too(own, tmp_path):
    make_folder(tmp_path / "shared" / "mine")
    (tmp_path / "shared").chmod(0o777)
    (tmp_path / "cache").symlink_to(tmp_path / "shared" / "mine")
    error = refused(make_folder, own)
    assert "can exchange what lies in a directory above" in error.message
    assert error.path == os.fsencode(tmp_path / "shared")


def test_links_that_lead_in_circles_end(own, tmp_path):
    (tmp_path / "cache").symlink_to(tmp_path / "cache")
    check_folder(own)


def test_a_folder_above_that_others_can_write_to_is_refused_unless_it_is_sticky(own):
    make_folder(own)
    own.parent.chmod(0o777)
    assert "can exchange" in refused(check_folder, own).message
    own.parent.chmod(0o1777)
    check_folder(own)


@as_root
def test_somebody_elses_folder_is_refused_though_all_above_it_are_safe(own):
    make_folder(own)
    own.parent.chmod(0o1777)
    os.chown(own, STRANGER, STRANGER)
    error = refused(check_folder, own)
    assert f"belongs to another user (uid {STRANGER}), not to you" in error.message


@as_root
@pytest.mark.parametrize("exists", [True, False])
def test_a_home_of_somebody_else_is_refused_with_all_in_it(own, tmp_path, exists, monkeypatch):
    monkeypatch.setenv("HOME", str(own.parent))
    if exists:
        make_folder(own)
    else:
        make_folder(own.parent)
    os.chown(tmp_path / "cache", STRANGER, STRANGER)
    error = refused(make_folder, own)
    assert f"above difd's own belongs to another user (uid {STRANGER})" in error.message
    assert "sudo -H" in error.hint
    assert own.exists() is exists


@as_root
def test_a_link_of_somebody_else_above_it_is_refused(own, tmp_path):
    make_folder(tmp_path / "mine")
    tmp_path.chmod(0o1777)
    (tmp_path / "cache").symlink_to(tmp_path / "mine")
    os.lchown(tmp_path / "cache", STRANGER, STRANGER)
    assert "belongs to another user" in refused(make_folder, own).message
    assert list((tmp_path / "mine").iterdir()) == []


@pytest.mark.parametrize(
    ("make", "problem"),
    [
        (lambda path: path.symlink_to("/etc/passwd"), "is a link"),
        (os.mkfifo, "is not a regular file"),
        (lambda path: path.mkdir(), "is not a regular file"),
        (lambda path: (path.touch(), path.chmod(0o666)), "can be changed by other users"),
    ],
)
def test_only_plain_files_that_nobody_else_can_write_are_opened(tmp_path, make, problem):
    path = tmp_path / "a file"
    make(path)
    for check in (check_file, lambda path: os.close(open_file(path, os.O_RDONLY))):
        error = refused(check, path)
        assert problem in error.message
        assert f"'{path}'" in error.hint, "a command that can be copied"


@as_root
def test_a_file_of_somebody_else_is_not_emptied_before_it_is_looked_at(tmp_path):
    path = tmp_path / "file"
    path.write_text("theirs")
    os.chown(path, STRANGER, STRANGER)
    refused(open_file, path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
    assert path.read_text() == "theirs"


def test_a_file_that_is_made_is_its_owners_alone(tmp_path):
    os.close(open_file(tmp_path / "new", os.O_WRONLY | os.O_CREAT))
    assert stat.S_IMODE((tmp_path / "new").stat().st_mode) == 0o600


def test_a_file_that_has_another_name_is_not_written_to(tmp_path):
    picture, path = tmp_path / "picture.jpg", tmp_path / "a lock"
    picture.write_bytes(b"picture")
    os.link(picture, path)
    error = refused(open_file, path, os.O_RDWR | os.O_CREAT | os.O_TRUNC)
    assert error.message == "This file of difd's has another name, a hard link."
    assert picture.read_bytes() == b"picture"
    subprocess.run(["sh", "-c", error.hint.partition(": ")[2]], check=True)
    os.close(open_file(path, os.O_RDWR | os.O_TRUNC))
    assert picture.read_bytes() == b"picture"


@pytest.mark.parametrize("make", [os.mkfifo, os.mkdir])
def test_what_cannot_even_be_opened_is_named(tmp_path, make):
    make(tmp_path / "log")
    error = refused(open_file, tmp_path / "log", os.O_WRONLY | os.O_APPEND | os.O_CREAT)
    assert error.message == "This file of difd's is not a regular file."


@pytest.mark.parametrize(
    ("group", "private"),
    [
        (("anna", 1000, []), True),
        (("anna", 1000, ["anna"]), True),
        (("anna", 1000, ["anna", "ben"]), False),
        (("users", 1000, []), False),
        (("anna", 0, []), False),
    ],
)
def test_a_group_of_ones_own_is_nobody_else(tmp_path, monkeypatch, group, private):
    name, user, members = group
    entry = pwd.struct_passwd(("anna", "x", user, 4711, "", "/", "/bin/sh"))
    monkeypatch.setattr(pwd, "getpwuid", lambda _uid: entry)
    monkeypatch.setattr(grp, "getgrgid", lambda gid: grp.struct_group((name, "x", gid, members)))
    status = list(tmp_path.stat())
    status[stat.ST_MODE], status[stat.ST_GID] = stat.S_IFDIR | 0o775, 4711
    assert is_own(os.stat_result(status)) is private


def test_a_client_in_a_folder_that_was_removed_still_works(own, tmp_path, monkeypatch):
    (tmp_path / "gone").mkdir()
    monkeypatch.chdir(tmp_path / "gone")
    (tmp_path / "gone").rmdir()
    make_folder(own)


ON_BEHALF = """
import os, sys
from pathlib import Path
user = int(sys.argv[1])
from difd.protocol.errors import OwnFilesUnsafe
from difd.protocol.ownership import check_folder
os.setgroups([]), os.setgid(int(sys.argv[2])), os.setuid(user)
try:
    check_folder(Path(sys.argv[3]))
except OwnFilesUnsafe as error:
    print(error.message)
"""


@as_root
@pytest.mark.parametrize(("group", "said"), [(100, "can be changed by other users"), (0, "can be")])
def test_a_group_that_has_other_members_counts_as_others(group, said):
    place = Path(tempfile.mkdtemp(dir="/tmp"))
    os.chown(place, STRANGER, group)
    place.chmod(0o770)
    arguments = [sys.executable, "-c", ON_BEHALF, str(STRANGER), str(group), str(place)]
    done = subprocess.run(arguments, capture_output=True, text=True, check=False, cwd="/")
    place.rmdir()
    assert said in done.stdout, done.stderr


WRITES = 0o6
ACCESS_LIST = struct.pack(
    "<I" + "HHI" * 5,
    2,
    *(1, 0o7, 0xFFFFFFFF),
    *(2, WRITES, STRANGER),
    *(4, 0o5, 0xFFFFFFFF),
    *(16, 0o7, 0xFFFFFFFF),
    *(32, 0, 0xFFFFFFFF),
)
"""Owner, a stranger, group, mask, others."""


@as_root
def test_who_may_write_by_an_access_list_counts_as_others():
    owner = next(
        user
        for user in pwd.getpwall()
        if user.pw_uid and grp.getgrgid(user.pw_gid).gr_name == user.pw_name
    )
    place = Path(tempfile.mkdtemp(dir="/tmp"))
    os.chown(place, owner.pw_uid, owner.pw_gid)
    place.chmod(0o770)
    numbers = map(str, (owner.pw_uid, owner.pw_gid))
    arguments = [sys.executable, "-c", ON_BEHALF, *numbers, str(place)]
    try:
        before = subprocess.run(arguments, capture_output=True, text=True, check=True, cwd="/")
        os.setxattr(place, "system.posix_acl_access", ACCESS_LIST)
        after = subprocess.run(arguments, capture_output=True, text=True, check=True, cwd="/")
    finally:
        place.rmdir()
    assert before.stdout == "", "a group of one's own"
    assert "can be changed by other users" in after.stdout
