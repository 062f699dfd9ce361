"""What goes with pictures, what stays because of them, and emptied folders, as people see it."""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path

import pytest
from harness.commands import answered, said
from harness.folders import contents
from harness.photos import small_photo
from harness.searches import searched

pytestmark = pytest.mark.daemon("shared")


@pytest.fixture
def folder(instance, tmp_path) -> Path:
    """A picture, and its copy in a folder below, searched."""
    small_photo("coffee.png", tmp_path / "p" / "IMG_1.png")
    (tmp_path / "p" / "x").mkdir()
    shutil.copy2(tmp_path / "p" / "IMG_1.png", tmp_path / "p" / "x" / "IMG_1.png")
    searched(instance, tmp_path / "p", "--keep", "shortest-path")
    return tmp_path / "p"


def test_the_plan_names_what_goes_along_and_what_stays(instance, folder):
    (folder / "x" / "IMG_1.png.xmp").write_text("<edits/>")
    (folder / "x" / "IMG_1.png.json").write_text("{}")
    (folder / "x" / "IMG_1.txt").write_text("my notes")
    text = said(instance, "trash", "last", "--dry-run")
    assert f"with {folder}/x/IMG_1.png.json" in text
    assert f"with {folder}/x/IMG_1.png.xmp" in text
    assert "note: IMG_1.txt beside it stays" in text
    answered(instance, "trash", "last", "--yes")
    assert contents(folder).keys() == {"IMG_1.png", "x/IMG_1.txt"}
    answered(instance, "undo")
    assert len(contents(folder)) == 5


@pytest.mark.skipif(sys.platform != "linux", reason="Python reads attributes on Linux only")
def test_the_plan_names_attributes_that_the_keeper_lacks(instance, folder):
    try:
        os.setxattr(folder / "x" / "IMG_1.png", "user.xdg.tags", b"summer")
    except OSError:
        pytest.skip("no extended attributes here")
    text = said(instance, "trash", "last", "--dry-run")
    assert "the file that stays lacks its extended attributes user.xdg.tags" in text


@pytest.mark.daemon("own")
@pytest.mark.parametrize("verb", ["trash", "move", "delete"])
def test_emptied_folders_are_removed_and_counted(instance, folder, tmp_path, verb):
    given = (verb, "last", *([tmp_path / "to"] if verb == "move" else []), "--remove-empty")
    assert "Folders that are empty afterwards are removed." in said(instance, *given, "--dry-run")
    assert "1 empty folder removed." in said(instance, *given, "--yes")
    assert not (folder / "x").exists()
    assert "1 empty folder removed" in said(instance, "history")
    if verb != "delete":
        assert answered(instance, "undo")["folders_removed"] == 0
        assert (folder / "x" / "IMG_1.png").exists()
        assert not (tmp_path / "to").exists()


def test_emptied_folders_stay_by_default(instance, folder):
    assert answered(instance, "trash", "last", "--yes")["folders_removed"] == 0
    assert (folder / "x").is_dir()


def test_folders_are_kept_also_for_the_copies_of_one_image(instance, folder, tmp_path):
    searched(instance, folder / "IMG_1.png", "--keep", f"in:{folder}")
    moved = answered(instance, "move", "last", tmp_path / "to", "--keep-tree", "--yes")
    assert moved["done"] == 1
    assert len(contents(tmp_path / "to")) == 1
    answered(instance, "undo")
    assert len(contents(folder)) == 2


def test_a_link_that_difd_made_never_dangles(instance, tmp_path):
    top = tmp_path / "p"
    small_photo("coffee.png", top / "a.png")
    (top / "x").mkdir()
    for name in ("b.png", "x/c.png"):
        shutil.copy2(top / "a.png", top / name)
    searched(instance, top / "a.png", top / "b.png", "--keep", "shortest-path")
    made = answered(instance, "link", "last", "--kind", "symbolic", "--yes")["action"]
    searched(instance, top, "--keep", f"in:{top / 'x'}")
    for verb in ("delete", "trash"):
        answered(instance, verb, "last", "--yes")
        assert len(contents(top)) == 3
        assert (top / "a.png").is_file()
        assert not (top / "a.png").is_symlink()
    assert answered(instance, "undo", made)["undone"] == 1
    searched(instance, top, "--keep", f"in:{top / 'x'}")
    assert answered(instance, "delete", "last", "--yes")["held_back_count"] == 0
