"""Places where files do not stay are known by their names, and albums are not taken for them."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from pathlib import Path

import pytest
from harness.disks import SHARED_MEMORY, overlay, reflink_disk

from difd.protocol.passing import leaves_sooner, passing_places, place_of_device, standing
from difd.system.posix import mounts

BINS = (
    "#recycle/a.jpg",
    "#Recycle/user/a.jpg",
    "@Recycle/a.jpg",
    ".recycle/user/a.jpg",
    ".Recycle.Bin/a.jpg",
    "$Recycle.Bin/S-1-5-21/a.jpg",
    "$RECYCLE.BIN/S-1-5-21/a.jpg",
    "RECYCLER/S-1-5/a.jpg",
    "Recycled/a.jpg",
    "Recycle Bin/a.jpg",
    "trashbox/a.jpg",
    ".Trash/a.jpg",
    ".Trash/1000/files/a.jpg",
    ".Trash-1000/files/a.jpg",
    ".Trashes/501/a.jpg",
    "home/old/.local/share/Trash/files/a.jpg",
    "usr/share/trash/files/a/b.jpg",
    ".dtrash/files/a.jpg",
    ".Trashbin/a.jpg",
    "@Trash/a.jpg",
    "#deleted/a.jpg",
    "Network Recycle Bin 1/a.jpg",
    "RecycleBin/a.jpg",
    "DCIM/.globalTrash/a.jpg",
    "data/user/files_trashbin/files/a.jpg.d123",
    "DCIM/Camera/.trashed-1700000000-IMG_1.jpg",
    "DCIM/Camera/.pending-1700000000-IMG_1.jpg",
    "Trash-1000/files/a.jpg",
    ".deleted/a.jpg",
    ".Papierkorb/a.jpg",
    "Rubbish/SyncDebris/2024-01-01/a.jpg",
)
SNAPSHOTS = (
    ".snapshots/1/snapshot/a.jpg",
    ".snapshot/daily/a.jpg",
    "~snapshot/hourly.0/a.jpg",
    "#snapshot/GMT-2024/a.jpg",
    "@Recently-Snapshot/a.jpg",
    ".zfs/snapshot/daily/a.jpg",
    "@GMT-2024.01.01-00.00.00/a.jpg",
    ".Previous Versions/a.jpg",
    "timeshift/snapshots/2024/home/a.jpg",
    "Backups.backupdb/mac/latest/a.jpg",
    "beta.12/localhost/photos/a.jpg",
    "alpha.0/ada-laptop/home/ada/a.jpg",
    "mac/2024-05-01-101112.previous/Data/a.jpg",
    "photos/_gsdata_/_saved_/a.jpg",
    "work/.ipynb_checkpoints/a.png",
    "@synologydrive/@sync/repo/a.jpg",
    ".stversions/a.jpg",
    ".versions/a.jpg",
    ".btrfs/snapshot/daily/a.jpg",
    "files_versions/a.jpg",
    ".sync/Archive/a.jpg",
    "Windows.old/Users/ada/Pictures/a.jpg",
    "$WINDOWS.~BT/a.jpg",
    "btrbk_snapshots/home.20240101/a.jpg",
    "_btrbk_snap/home/a.jpg",
    "rsnapshot/daily.3/localhost/home/a.jpg",
    "backintime/pc/ada/1/20240101-120000-123/backup/home/a.jpg",
    "FileHistory/ada/PC/Data/C/Users/ada/Pictures/a (2024_01_01 12_00_00 UTC).jpg",
)
CACHES = (
    "@eaDir/a.jpg/SYNOPHOTO_THUMB_XL.jpg",
    ".@__thumb/a.jpg",
    ".thumbnails/large/a.png",
    "DCIM/.thumbnails/1.jpg",
    ".cache/thumbnails/a.png",
    ".dropbox.cache/2024-01-01/a.jpg",
    "AppData/Local/Google/DriveFS/117/content_cache/d1/a.jpg",
    ".pcloud/Cache/a.jpg",
    "Users/ada/AppData/Local/Temp/a.jpg",
    "iPod Photo Cache/F00/a.jpg",
    "upload/thumbs/0f8fad5b-d9cb-469f-a165-70867728950e/ab/cd/a-preview.jpeg",
    "photoprism/storage/cache/thumbnails/1/a.jpg",
    "@__thumb/a.jpg",
    ".tmp.drivedownload/a.jpg",
    "Library/Caches/a.jpg",
    "My.photoslibrary/resources/derivatives/1/a.jpeg",
    "Lightroom Catalog Previews.lrdata/a.jpg",
    ".var/app/org.gimp.GIMP/cache/a.png",
    ".config/chromium/Default/Cache/f_00001.jpg",
    "Android/media/com.whatsapp/WhatsApp/Media/.Statuses/a.jpg",
    "Telegram Desktop/tdata/temp/a.jpg",
    "tdata/user_data#2/media_cache/a.jpg",
    "AppData/Local/Packages/App_1/LocalCache/a.jpg",
    "drive_c/users/ada/Temp/a.jpg",
    "var/cache/app/a.png",
    ".config/discord/Cache/Cache_Data/a.png",
    ".config/google-chrome/Profile/Service Worker/a.png",
    "Library/Mail Downloads/1/a.jpg",
    "Plex Media Server/Cache/PhotoTranscoder/a.jpg",
    ".kodi/userdata/Thumbnails/1/a.jpg",
    "Syndication.photoslibrary/originals/1/a.jpeg",
    "My.photoslibrary/resources/cpl/cloudsync.noindex/a.jpeg",
    "gallery/_data/i/galleries/a.jpg",
    "OneDriveTemp/S-1-5/a.jpg",
    "lost+found/#123/a.jpg",
    "LOST.DIR/a.jpg",
)
ALBUMS = (
    "Trash/a.jpg",
    "trash the dress/a.jpg",
    "cache/a.jpg",
    "Cache Creek/a.jpg",
    "Recycling art/a.jpg",
    "snapshots/a.jpg",
    "Snapshot 2019/a.jpg",
    "thumbs up/a.jpg",
    "#thumbsup/a.jpg",
    "files/a.jpg",
    "Lost and found/a.jpg",
    "My.photoslibrary/originals/1/a.jpeg",
    "My.photoslibrary/resources/renders/1/a.jpeg",
    ".picasaoriginals/a.jpg",
    ".hidden/a.jpg",
    "previews/a.jpg",
    "daily/a.jpg",
    "20240101-120000-123/a.jpg",
    "Windows/a.jpg",
    "Statuses/a.jpg",
    "Thumbnails/a.jpg",
    "deleted scenes/a.jpg",
    "config/cache/a.jpg",
    "Library/a.jpg",
    "beta/a.jpg",
    "alpha.1/a.jpg",
    "alpha.1/Home/a.jpg",
    "photos/gamma.2/2019/summer/a.jpg",
    "2024-05-01-101112/a.jpg",
    "Piano.key/a.jpg",
    "data/i/a.jpg",
    "docker/volumes/photos/_data/i/a.jpg",
    "photos/#recycle.jpg",
    "photos/.cache.jpg",
)


def place_of(path: bytes) -> str:
    """What kind of passing place a file lies in; empty if in none."""
    return next((place.kind for place in passing_places(path)), "")


@pytest.mark.parametrize("name", BINS)
def test_a_recycle_bin_is_known_by_its_name(name):
    assert place_of(b"/volume/" + name.encode()) == "a recycle bin"


@pytest.mark.parametrize("name", SNAPSHOTS)
def test_a_snapshot_or_an_old_version_is_known_by_its_name(name):
    assert place_of(b"/volume/" + name.encode()) in {"a snapshot", "a folder of old versions"}


@pytest.mark.parametrize("name", CACHES)
def test_a_cache_or_what_a_repair_found_is_known_by_its_name(name):
    assert place_of(b"/volume/" + name.encode()) in {"a cache", "a folder of rescued files"}


@pytest.mark.parametrize(
    "name",
    ["My talk.key/Data/a.jpg", "notes.rtfd/a.jpg", "Game.app/Contents/Resources/a.png"],
)
def test_what_is_part_of_a_document_or_program_is_known_by_its_name(name):
    assert place_of(b"/volume/" + name.encode()) == "the inside of a document or program"


@pytest.mark.parametrize("name", ALBUMS)
def test_an_album_is_no_passing_place_whatever_it_is_called(name):
    assert place_of(b"/volume/" + name.encode()) == ""


def test_names_that_are_not_utf8_are_looked_at_like_others():
    assert place_of(b"/\xff\xfe/#recycle/\xff.jpg") == "a recycle bin"
    assert place_of(b"/\xff\xfe/\xff.jpg") == ""


def test_the_trash_of_this_home_is_known_wherever_a_link_has_taken_it(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "share"))
    (tmp_path / "share").mkdir()
    (tmp_path / "elsewhere" / "files").mkdir(parents=True)
    (tmp_path / "share" / "Trash").symlink_to(tmp_path / "elsewhere")
    assert place_of(os.fsencode(tmp_path / "elsewhere/files/a.jpg")) == "a recycle bin"


def test_all_places_are_told_the_outermost_first():
    path = b"/v/.cache/x/#recycle/a.jpg"
    assert [place.kind for place in passing_places(path)] == ["a cache", "a recycle bin"]


def test_what_lies_in_a_bin_answers_for_nothing_outside_of_that_bin(tmp_path):
    album, own, other = (
        os.fsencode(tmp_path / name) for name in ("p/a.jpg", "#recycle/a.jpg", "q/#recycle/a.jpg")
    )
    assert leaves_sooner(own, album) == "a recycle bin"
    assert leaves_sooner(own, other) == "a recycle bin"
    assert leaves_sooner(own, os.fsencode(tmp_path / "#recycle/x/b.jpg")) == ""
    assert leaves_sooner(album, own) == ""


def test_a_link_to_a_bin_is_that_bin(tmp_path):
    (tmp_path / "#recycle").mkdir()
    (tmp_path / "album").symlink_to(tmp_path / "#recycle")
    through = os.fsencode(tmp_path / "album" / "a.jpg")
    assert leaves_sooner(through, os.fsencode(tmp_path / "a.jpg")) == "a recycle bin"


def test_a_file_in_a_bin_goes_by_itself_also_if_its_copy_lies_there(tmp_path):
    one, two = (os.fsencode(tmp_path / "#recycle" / name) for name in ("a.jpg", "b.jpg"))
    assert standing(two, one).by_itself == "a recycle bin"
    assert standing(one, os.fsencode(tmp_path / "a.jpg")).by_itself == ""


def test_a_file_in_memory_answers_for_what_lies_in_the_same_memory_only(tmp_path):
    if not os.path.ismount(SHARED_MEMORY) or tmp_path.stat().st_dev == SHARED_MEMORY.stat().st_dev:
        pytest.skip("needs /dev/shm to be a file system of its own")
    with tempfile.TemporaryDirectory(dir=SHARED_MEMORY) as name:
        one, two = Path(name) / "a.jpg", Path(name) / "b.jpg"
        disk = tmp_path / "a.jpg"
        for path in (one, two, disk):
            path.write_bytes(b"x")
        assert leaves_sooner(bytes(one), bytes(disk)) == "a file system in memory"
        assert leaves_sooner(bytes(one), bytes(two)) == ""
        assert leaves_sooner(bytes(disk), bytes(one)) == ""
        assert standing(bytes(two), bytes(one)).by_itself == ""
        assert standing(bytes(disk), bytes(one)).by_itself == "a file system in memory"
        assert standing(bytes(one), bytes(disk)).by_itself == ""


def test_what_a_system_writes_that_runs_in_memory_is_in_memory(tmp_path):
    with tempfile.TemporaryDirectory(dir=SHARED_MEMORY) as name:
        memory = Path(name)
        (memory / "written").mkdir()
        disk = tmp_path / "a.jpg"
        disk.write_bytes(b"x")
        if memory.stat().st_dev == disk.stat().st_dev:
            pytest.skip("needs /dev/shm to be a file system of its own")
        with overlay(memory / "live", memory / "written") as live:
            one, two = live / "a.jpg", live / "b.jpg"
            one.write_bytes(b"x")
            two.write_bytes(b"x")
            assert leaves_sooner(bytes(one), bytes(disk)) == "a file system in memory"
            assert leaves_sooner(bytes(one), bytes(two)) == ""
            assert leaves_sooner(bytes(one), bytes(memory / "written" / "b.jpg")) == ""
    (tmp_path / "below").mkdir()
    with overlay(tmp_path / "pool", tmp_path / "below") as pool:
        (pool / "a.jpg").write_bytes(b"x")
        assert leaves_sooner(bytes(pool / "a.jpg"), bytes(disk)) == ""


def test_disks_that_are_made_of_memory_are_known(tmp_path, monkeypatch):
    table = tmp_path / "mounts"
    table.write_text(
        "22 1 254:0 / / rw - ext4 /dev/vda rw\n"
        "30 22 252:0 / /fast rw - ext4 /dev/zram0 rw\n"
        "31 22 0:41 / /run rw - tmpfs tmpfs rw\n"
    )
    monkeypatch.setattr(mounts, "_MOUNTS", str(table))
    behind = [
        mounts.memory_behind(os.makedev(*pair), b"/none")
        for pair in ((254, 0), (252, 0), (0, 41), (0, 99))
    ]
    assert behind == ["", "252:0", "0:41", ""]


def test_a_snapshot_of_btrfs_is_known_whatever_its_name(tmp_path):
    with reflink_disk(tmp_path / "disk") as disk:
        btrfs = shutil.which("btrfs", path="/usr/bin:/usr/sbin:/sbin")
        assert btrfs, "this test needs the Debian package btrfs-progs"
        live, backup, work = (disk / name for name in ("live", "home-2024-01-01", "work"))
        subprocess.run([btrfs, "-q", "subvolume", "create", live], check=True)
        (live / "a.jpg").write_bytes(b"x")
        for place, how in ((backup, ["-r"]), (work, [])):
            subprocess.run([btrfs, "-q", "subvolume", "snapshot", *how, live, place], check=True)
        one, two, three = (bytes(place / "a.jpg") for place in (live, backup, work))
        assert leaves_sooner(two, one) == "a snapshot"
        assert leaves_sooner(one, two) == leaves_sooner(three, one) == ""


def test_a_backup_that_is_mounted_is_a_snapshot(tmp_path, monkeypatch):
    table = tmp_path / "mounts"
    table.write_text(
        "22 1 254:0 / / rw - ext4 /dev/vda rw\n"
        "30 22 0:40 / /mnt/backup ro - fuse borgfs ro\n"
        "31 22 0:41 / /mnt/far rw - fuse.sshfs host: rw\n"
    )
    monkeypatch.setattr(mounts, "_MOUNTS", str(table))
    places = [place_of_device(os.makedev(0, minor), b"/none") for minor in (40, 41)]
    assert [place and place.kind for place in places] == ["a snapshot", None]


def test_a_file_among_temporary_ones_answers_for_none_elsewhere():
    assert leaves_sooner(b"/var/tmp/a.jpg", b"/home/b.jpg") == "a folder for temporary files"
    assert leaves_sooner(b"/var/tmp/a.jpg", b"/tmp/b.jpg") == ""
    assert leaves_sooner(b"/home/a.jpg", b"/var/tmp/b.jpg") == ""
    assert leaves_sooner(b"/var/tmpfiles/a.jpg", b"/home/b.jpg") == ""


def test_a_file_in_what_may_be_a_snapshot_answers_for_none_outside_but_is_searched():
    assert leaves_sooner(b"/v/Alpha.0/x/a.jpg", b"/v/b.jpg") == "a snapshot"
    assert leaves_sooner(b"/v/alpha.0/a.jpg", b"/v/alpha.1/a.jpg") == ""
    assert leaves_sooner(b"/v/a.jpg", b"/v/alpha.0/b.jpg") == ""
    assert leaves_sooner(b"/tmp/alpha.0/a.jpg", b"/tmp/b.jpg") == "a snapshot"
    assert leaves_sooner(b"/tmp/a.jpg", b"/tmp/alpha.0/b.jpg") == ""
    assert leaves_sooner(b"/var/tmp/a.jpg", b"/v/alpha.0/b.jpg") == "a folder for temporary files"
    assert passing_places(b"/v/alpha.0/x/a.jpg") == []
