"""Discovery of some places only: by the same rules as a walk that comes there."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from harness.folders import touch

from difd.engine.find.discover import discover
from difd.protocol.options import SearchOptions

FILES = ("a.jpg", "b.txt", "small.jpg", "sub/c.jpg", "sub/deep/d.jpg", "out/e.jpg", "kept/f.jpg")


@pytest.fixture
def folder(tmp_path) -> Path:
    for name in FILES:
        touch(tmp_path / "p" / name, b"x" if name == "small.jpg" else b"xx")
    return tmp_path / "p"


def seen(folder: Path, *places: str, **options) -> set[str]:
    """The names below `folder` that are found at some places; all of them without places."""
    made = SearchOptions(
        paths=(os.fsencode(folder),),
        exclude=("out/",),
        min_bytes=2,
        reference=(os.fsencode(folder / "kept"),),
        **options,
    )
    given = None
    if places:
        given = [os.path.normpath(os.path.join(os.fsencode(folder), p.encode())) for p in places]
    found = discover(made, lambda: False, lambda _: None, given)
    return {os.path.relpath(os.fsdecode(file.path), folder) for file in found.files}


def test_files_are_found_as_in_a_walk(folder):
    everything = seen(folder)
    assert everything == {"a.jpg", "sub/c.jpg", "sub/deep/d.jpg", "kept/f.jpg"}
    for name in FILES:
        assert seen(folder, name) == {name} & everything, name
    assert seen(folder, *FILES) == everything


def test_folders_are_walked(folder):
    assert seen(folder, "sub") == {"sub/c.jpg", "sub/deep/d.jpg"}
    assert seen(folder, "sub", "sub/deep", "sub/deep/d.jpg") == seen(folder, "sub")
    assert seen(folder, "out") == set()
    assert seen(folder, ".") == seen(folder) - {"kept/f.jpg"}
    assert seen(folder, ".", "kept") == seen(folder)


def test_without_recursion_nothing_below_is_found(folder):
    for place in ("sub", "sub/c.jpg"):
        assert seen(folder, place, recursive=False) == set()
    assert seen(folder, "a.jpg", recursive=False) == {"a.jpg"}


def test_what_is_gone_elsewhere_or_behind_a_link_is_not_found(folder):
    touch(folder.parent / "outside" / "x.jpg", b"xx")
    (folder / "link").symlink_to(folder.parent / "outside")
    (folder / "link.jpg").symlink_to(folder.parent / "outside" / "x.jpg")
    for place in ("gone.jpg", "gone/a.jpg", "../outside/x.jpg", "link", "link/x.jpg", "link.jpg"):
        assert seen(folder, place) == set(), place
