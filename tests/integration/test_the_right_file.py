"""Of a library as people have it the right files stay, on the command line and after an action."""

from __future__ import annotations

import os
import shutil
from dataclasses import replace
from pathlib import Path

import pytest
from harness.commands import answered, said
from harness.exif import camera_exif
from harness.folders import contents
from harness.instance import Instance, as_plain_user
from harness.photos import distinct_photos, small_photo
from PIL import Image, ImageDraw

pytestmark = pytest.mark.daemon("shared")


def aged(path: Path, seconds: int) -> None:
    os.utime(path, (seconds, seconds))


@pytest.fixture
def library(tmp_path) -> Path:
    """Two albums, and a backup of a phone that has the same pictures, older and nearer the top."""
    folder = tmp_path / "p"
    distinct_photos(folder / "Phone backup" / "DCIM", 12)
    for number, photo in enumerate(sorted((folder / "Phone backup" / "DCIM").iterdir())):
        album = folder / "2019" / "Family" / ("Birthday", "Summer in Tuscany")[number % 2]
        album.mkdir(parents=True, exist_ok=True)
        copy = Path(shutil.copyfile(photo, album / photo.name))
        aged(photo, 1_000_000)
        aged(copy, 2_000_000)
    return folder


def test_the_albums_keep_what_the_backup_has_too(instance, library):
    albums = contents(library / "2019")
    document = answered(instance, "search", library)
    kept = {path for group in document["groups"] for path in group["keep"]}
    assert len(kept) == 12
    assert all("Family" in path for path in kept)
    reasons = {file["reason"] for group in document["groups"] for file in group["files"]}
    assert any('in a folder for backups ("Phone backup")' in reason for reason in reasons)
    said(instance, "trash", "last", "--yes")
    assert contents(library / "2019") == albums
    assert contents(library / "Phone backup") == {}


def test_a_camera_s_jpeg_stays_before_a_png_that_was_made_of_it(instance, tmp_path):
    folder = tmp_path / "p"
    jpeg = small_photo("coffee.png", folder / "Italy" / "IMG_1.jpg", exif=camera_exif())
    with Image.open(jpeg) as photo:
        plain = Image.frombytes(photo.mode, photo.size, photo.tobytes())
    plain.save(folder / "a.png", compress_level=0)
    assert (folder / "a.png").stat().st_size > jpeg.stat().st_size
    aged(folder / "a.png", 1_000_000)
    for similarity in ("duplicates", "similar"):
        (group,) = answered(instance, "search", folder, "-s", similarity)["groups"]
        assert group["keep"] == [str(jpeg)]


def shot(path: Path, word: str) -> Path:
    """A screenshot that differs from another one in a word."""
    picture = Image.new("RGB", (800, 450), "white")
    ImageDraw.Draw(picture).text((300, 200), word, fill="black")
    picture.save(path)
    return path


def test_an_exact_copy_of_a_file_that_is_held_back_goes_in_its_favour(instance, tmp_path):
    folder = tmp_path / "p"
    folder.mkdir()
    first, other = shot(folder / "shot1.png", "Pay 100"), shot(folder / "shot2.png", "Pay 900")
    copy = Path(shutil.copyfile(first, folder / "shot3.png"))
    answered(instance, "search", folder, "-s", "similar", "--keep", "name:shot2*")
    plan = answered(instance, "trash", "last", "--accept", "similar", "--dry-run")
    assert [(item["path"], item["keeper"]) for item in plan["items"]] == [(str(copy), str(first))]
    assert [held["path"] for held in plan["held_back"]] == [str(first)]
    assert other.exists()


@pytest.mark.daemon("own")
@pytest.mark.parametrize("which", ["older", "newer"])
def test_a_copy_that_can_go_goes_in_favour_of_one_that_cannot(instance, tmp_path, which):
    """Whichever of the two the rules prefer."""
    instance = replace(instance, prefix=tuple(as_plain_user()))
    disk = small_photo("coffee.png", tmp_path / "p" / "disk" / "1.jpg")
    disc = Path(shutil.copytree(disk.parent, tmp_path / "p" / "disc")) / "1.jpg"
    aged(disk, 1_000_000)
    aged(disc, 500_000 if which == "older" else 1_500_000)
    disc.parent.chmod(0o500)
    try:
        document = answered(instance, "search", tmp_path / "p")
        (group,) = document["groups"]
        assert group["keep"] == [str(disc)]
        assert [file["action"] for file in group["files"]] == ["keep", "remove"]
        said(instance, "trash", "last", "--yes")
        assert (disk.exists(), disc.exists()) == (False, True)
    finally:
        disc.parent.chmod(0o700)


@pytest.mark.daemon("own")
def test_what_cannot_go_is_not_counted_as_what_can_be_freed(instance, tmp_path):
    instance = replace(instance, prefix=tuple(as_plain_user()))
    for name in ("a", "b"):
        small_photo("coffee.png", tmp_path / "p" / name / "1.jpg").parent.chmod(0o500)
    try:
        (group,) = answered(instance, "search", tmp_path / "p")["groups"]
        assert group["reclaimable_bytes"] == 0
        assert {file["action"] for file in group["files"]} == {"keep", "none"}
    finally:
        for name in ("a", "b"):
            (tmp_path / "p" / name).chmod(0o700)


def test_a_folder_of_a_rule_that_is_not_there_is_refused(instance, tmp_path):
    small_photo("coffee.png", tmp_path / "p" / "1.jpg")
    refused = instance.difctl("search", tmp_path / "p", "--keep", f"folder:{tmp_path}>/typo/here")
    assert refused.returncode == 2
    assert "There is no such folder for the keep rule 'folder'" in refused.stderr
    assert "/typo/here" in refused.stderr


def test_the_configured_rules_are_read_as_those_of_the_command_line(instance: Instance, tmp_path):
    (tmp_path / "best").mkdir()
    said(instance, "config", "set", "search.keep", f"in:{tmp_path}/x/../best,oldest", "newest")
    shown = said(instance, "config", "get", "search.keep")
    assert shown == f"in:{tmp_path}/best oldest newest\n"
    refused = instance.difctl("config", "set", "search.keep", f"in:{tmp_path}/typo")
    assert refused.returncode == 2
    assert "There is no such folder for the keep rule 'in'" in refused.stderr


def test_a_file_to_which_a_link_leads_stays_and_its_equal_goes(instance, tmp_path):
    folder = tmp_path / "p"
    older = small_photo("coffee.png", folder / "a.jpg")
    linked = Path(shutil.copyfile(older, folder / "b.jpg"))
    aged(older, 1_000_000)
    (folder / "link.jpg").symlink_to(linked)
    (group,) = answered(instance, "search", folder)["groups"]
    assert group["keep"] == [str(linked)]
    reasons = {file["path"]: file["reason"] for file in group["files"]}
    assert "the symbolic link link.jpg leads to it" in reasons[str(linked)]
    said(instance, "trash", "last", "--yes")
    assert (folder / "link.jpg").read_bytes() == linked.read_bytes()
    assert not older.exists()
