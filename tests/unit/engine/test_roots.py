"""What can be given to a search: folders, images by name, reference folders."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from harness.folders import names, search, touch

from difd.protocol.errors import PathNotFound, PathUnreadable


@pytest.mark.parametrize("spelling", ["{}/", "{}//", "{}/.", "{}/sub/..", "{}/./sub/../"])
def test_a_folder_given_in_two_spellings_is_one(tmp_path, spelling):
    touch(tmp_path / "a.jpg")
    touch(tmp_path / "sub/b.jpg")
    found = search(tmp_path, os.fsencode(spelling.format(tmp_path)))
    assert names(found, tmp_path) == ["a.jpg", "sub/b.jpg"]
    assert found.folders == (os.fsencode(tmp_path),)
    assert all(file.links == () for file in found.files)


def test_a_file_belongs_to_its_deepest_given_folder(tmp_path):
    for name in ("a/1.jpg", "a/b/2.jpg", "a/b/c/3.jpg", "d/4.jpg"):
        touch(tmp_path / name)
    for order in (["a", "a/b", "d"], ["a/b", "d", "a"]):
        found = search(*[tmp_path / name for name in order])
        given = {os.path.basename(f.path): order[f.given] for f in found.files}
        assert given == {b"1.jpg": "a", b"2.jpg": "a/b", b"3.jpg": "a/b", b"4.jpg": "d"}


def test_a_given_folder_inside_another_is_searched_even_without_recursion(tmp_path):
    touch(tmp_path / "1.jpg")
    touch(tmp_path / "x/y/2.jpg")
    found = search(tmp_path, tmp_path / "x/y", recursive=False)
    assert names(found, tmp_path) == ["1.jpg", "x/y/2.jpg"]


def test_a_given_folder_may_be_a_symbolic_link(tmp_path):
    touch(tmp_path / "real/a.jpg")
    (tmp_path / "link").symlink_to("real")
    assert names(search(tmp_path / "link"), tmp_path) == ["link/a.jpg"]
    both = search(tmp_path / "real", tmp_path / "link")
    assert names(both, tmp_path) == ["real/a.jpg"]
    assert both.folders == (os.fsencode(tmp_path / "real"),)


def test_a_missing_path_is_named(tmp_path):
    with pytest.raises(PathNotFound, match=r"nowhere' does not exist") as caught:
        search(tmp_path / "nowhere")
    assert caught.value.path == os.fsencode(tmp_path / "nowhere")
    assert caught.value.hint
    with pytest.raises(PathNotFound):
        search(touch(tmp_path / "file.jpg") / "below")
    with pytest.raises(PathNotFound):
        search(tmp_path, reference=[tmp_path / "nowhere"])


def test_a_path_that_is_neither_file_nor_folder_is_refused(tmp_path):
    os.mkfifo(tmp_path / "pipe.jpg")
    for path in (tmp_path / "pipe.jpg", Path("/dev/null")):
        with pytest.raises(PathUnreadable, match="neither a folder nor a file"):
            search(path)


def test_files_in_reference_folders_are_searched_and_marked(tmp_path):
    for name in ("p/1.jpg", "p/ref/2.jpg", "p/ref/deep/3.jpg", "lib/4.jpg"):
        touch(tmp_path / name)
    found = search(tmp_path / "p", reference=[tmp_path / "p/ref", tmp_path / "lib"])
    marks = {os.path.basename(file.path): (file.given, file.reference) for file in found.files}
    assert marks == {
        b"1.jpg": (0, False),
        b"2.jpg": (0, True),
        b"3.jpg": (0, True),
        b"4.jpg": (-1, True),
    }
    assert found.folders == (os.fsencode(tmp_path / "p"),)


def test_a_folder_inside_a_reference_folder_is_reference_too(tmp_path):
    touch(tmp_path / "lib/new/1.jpg")
    touch(tmp_path / "lib/2.jpg")
    found = search(tmp_path / "lib/new", reference=[tmp_path / "lib"])
    assert [(file.given, file.reference) for file in found.files] == [(-1, True), (0, True)]


def test_a_hard_link_into_a_reference_folder_protects_every_name(tmp_path):
    touch(tmp_path / "a/1.jpg")
    (tmp_path / "ref").mkdir()
    os.link(tmp_path / "a/1.jpg", tmp_path / "ref/1.jpg")
    (file,) = search(tmp_path / "a", reference=[tmp_path / "ref"]).files
    assert file.reference


def test_images_given_by_name_are_named(tmp_path):
    for name in ("1.jpg", "2.jpg", "other/3.jpg"):
        touch(tmp_path / name)
    found = search(tmp_path / "1.jpg", tmp_path / "2.jpg")
    assert [(file.given, file.named) for file in found.files] == [(-1, True), (-1, True)]
    assert found.named == (os.fsencode(tmp_path / "1.jpg"), os.fsencode(tmp_path / "2.jpg"))
    mixed = search(tmp_path / "other", tmp_path / "1.jpg", tmp_path / "other/3.jpg", query=True)
    assert [(f.given, f.named) for f in mixed.files] == [(-1, True), (0, True)]
    assert all(file.links == () for file in mixed.files)


def test_one_image_alone_is_searched_for_in_its_own_folder(tmp_path):
    for name in ("1.jpg", "2.jpg", "sub/3.jpg"):
        touch(tmp_path / name)
    found = search(tmp_path / "1.jpg", query=True)
    assert names(found, tmp_path) == ["1.jpg", "2.jpg", "sub/3.jpg"]
    assert [file.named for file in found.files] == [True, False, False]
    assert found.folders == (os.fsencode(tmp_path),)
    flat = search(tmp_path / "1.jpg", query=True, recursive=False)
    assert names(flat, tmp_path) == ["1.jpg", "2.jpg"]
    assert names(search(tmp_path / "1.jpg"), tmp_path) == ["1.jpg"]


def test_a_named_link_stands_for_its_file(tmp_path):
    touch(tmp_path / "real/a.jpg")
    (tmp_path / "link.jpg").symlink_to("real/a.jpg")
    (file,) = search(tmp_path / "link.jpg").files
    assert file.path == os.fsencode(tmp_path / "real/a.jpg")
    assert file.links == (os.fsencode(tmp_path / "link.jpg"),)
    assert file.named
