"""The cache as users meet it: nothing is read twice, changes are noticed, damage costs time."""

from __future__ import annotations

import json
import os
import shutil
import time
from pathlib import Path

import pytest
from harness.photos import album, small_photo
from harness.searches import searched


@pytest.fixture
def folder(tmp_path) -> Path:
    return album(tmp_path / "album")


def info(instance) -> dict:
    return json.loads(instance.difctl("cache", "info", "--json").stdout)


def age(folder: Path) -> None:
    """Give all files times that are well behind the clock, as most files of a user have."""
    for path in folder.rglob("*"):
        os.utime(path, (1_000_000_000, 1_000_000_000))
    time.sleep(2.1)  # their ctime is now; it must be old, too


def access_times(folder: Path) -> dict[str, int]:
    return {str(path): path.stat().st_atime_ns for path in folder.rglob("*.*")}


def test_every_content_is_kept_once_and_counted_by_file(instance, folder):
    searched(instance, folder)
    found = info(instance)
    assert (found["records"], found["files"]) == (4, 6)
    assert found["directory"].startswith(str(instance.root))
    assert 0 < found["bytes"] < found["limit"]


def test_searching_again_with_other_options_opens_no_image(instance, folder):
    age(folder)
    first = searched(instance, folder)
    before = access_times(folder)
    again = searched(instance, folder)
    searched(instance, folder, "-s", "similar", "--no-rotate")
    assert access_times(folder) == before
    assert again["groups"] == first["groups"]


def test_a_changed_image_is_noticed_though_size_and_time_are_the_same(instance, folder):
    age(folder)
    assert len(searched(instance, folder)["groups"]) == 2
    extra = folder / "coffee copy.png"
    before = extra.stat()
    data = bytearray(extra.read_bytes())
    data[-20] ^= 1
    extra.write_bytes(data)
    os.utime(extra, ns=(before.st_atime_ns, before.st_mtime_ns))
    assert extra.stat().st_size == before.st_size
    found = searched(instance, folder)
    assert len(found["groups"]) == 1 or found["stats"]["invalid_files"]["count"] == 1


def test_moved_and_copied_images_are_known(instance, folder):
    searched(instance, folder)
    folder.rename(folder.with_name("elsewhere"))
    shutil.copytree(folder.with_name("elsewhere"), folder)
    found = searched(instance, folder, folder.with_name("elsewhere"))
    assert sorted(len(group["files"]) for group in found["groups"]) == [2, 2, 4, 4]
    assert info(instance)["records"] == 4


def test_verify_finds_damage_and_the_next_search_is_right(instance, folder):
    age(folder)
    first = searched(instance, folder)
    instance.difctl("daemon", "stop")
    slabs = [p for p in (instance.root / "cache").rglob("*.slab") if p.stat().st_size]
    for slab in slabs:
        data = bytearray(slab.read_bytes())
        data[len(data) // 2] ^= 0xFF
        slab.write_bytes(data)
    check = json.loads(instance.difctl("cache", "verify", "--json").stdout)
    assert check["damaged"] == 1
    assert check["rebuilt"] is False
    assert searched(instance, folder)["groups"] == first["groups"]
    assert json.loads(instance.difctl("cache", "verify", "--json").stdout)["damaged"] == 0


def test_clear_forgets_everything(instance, folder):
    searched(instance, folder)
    assert "became free" in instance.difctl("cache", "clear").stdout
    assert info(instance)["records"] == 0
    assert len(searched(instance, folder)["groups"]) == 2
    assert info(instance)["records"] == 4


def test_other_sizes_of_tensors_are_kept_side_by_side(instance, tmp_path):
    small_photo("moon.png", tmp_path / "one" / "moon.png")
    searched(instance, tmp_path / "one")
    searched(instance, tmp_path / "one", "--px-size", "80")
    assert info(instance)["records"] == 2


def test_a_cache_that_cannot_be_written_costs_time_and_nothing_else(instance, folder):
    (instance.root / "cache" / "difd").write_text("in the way")
    assert len(searched(instance, folder)["groups"]) == 2
    assert "going on without the tensor cache" in instance.endpoint.log.read_text()
