"""Where things go: free names, and folders that are kept apart."""

from __future__ import annotations

import os

import pytest
from harness.folders import touch
from harness.witnesses import NAMES
from hypothesis import given
from hypothesis import strategies as st

from difd.actions.files.naming import (
    NAME_MAX,
    first_free,
    free_names,
    kept_tree,
    number_name,
    temporary_name,
)
from difd.protocol.errors import ActionRefused


@pytest.mark.parametrize(
    ("name", "number", "expected"),
    [
        (b"a.jpg", 1, b"a.jpg"),
        (b"a.jpg", 2, b"a (2).jpg"),
        (b".hidden", 3, b".hidden (3)"),
        (b"archive.tar.gz", 2, b"archive.tar (2).gz"),
        (b"x" * 251 + b".jpg", 12, b"x" * 246 + b" (12).jpg"),
        # a character that would be cut in two goes as a whole
        ("ü".encode() * 125 + b".jpg", 2, "ü".encode() * 123 + b" (2).jpg"),
        # what is no UTF-8 is cut where it has to be
        (b"\xff" * 255, 2, b"\xff" * 251 + b" (2)"),
        # no kind of file has so long a name
        (b"a." + b"y" * 253, 2, b"a." + b"y" * 249 + b" (2)"),
    ],
)
def test_a_number_goes_before_the_extension_and_the_name_stays_short(name, number, expected):
    assert number_name(name, number) == expected


@given(st.sampled_from(NAMES) | st.binary(min_size=1, max_size=255), st.integers(10, 255))
def test_numbered_names_are_different_and_within_the_limit(name, limit):
    names = [number_name(name, number, limit) for number in range(2, 30)]
    assert len(set(names)) == len(names)
    assert all(len(one) <= max(limit, 21) for one in names)


@given(st.sets(st.integers(1, 60)))
def test_a_number_that_is_found_free_is_free(taken):
    assert first_free(lambda number: number in taken) not in taken


def test_a_free_name_among_thousands_is_found_with_few_questions():
    asked = []

    def is_taken(number: int) -> bool:
        asked.append(number)
        return number <= 10_000

    assert first_free(is_taken) == 10_001
    assert len(asked) < 40


def test_what_belongs_together_gets_the_same_number(tmp_path):
    names = (b"IMG.jpg", b"IMG.jpg.xmp", b"img.XMP", b"IMG.MOV")
    folder = os.fsencode(tmp_path)
    assert free_names(folder, names) == [os.path.join(folder, name) for name in names]
    touch(tmp_path / "IMG.MOV")
    numbered = [b"IMG (2).jpg", b"IMG (2).jpg.xmp", b"img (2).XMP", b"IMG (2).MOV"]
    assert free_names(folder, names) == [os.path.join(folder, name) for name in numbered]
    assert free_names(folder, [b"IMG.jpg"]) == [os.path.join(folder, b"IMG.jpg")]


def test_a_dangling_link_takes_its_name(tmp_path):
    (tmp_path / "a.jpg").symlink_to("nowhere")
    assert free_names(os.fsencode(tmp_path), [b"a.jpg"]) == [os.fsencode(tmp_path / "a (2).jpg")]


def test_temporary_names_lie_beside_the_target_and_say_whose_they_are():
    one, other = temporary_name(b"/a/b\xff/c.jpg"), temporary_name(b"/a/b\xff/c.jpg")
    assert one != other
    assert os.path.dirname(one) == b"/a/b\xff"
    assert os.path.basename(one).startswith(b".difd-")
    assert one.endswith(b".part")
    assert len(os.path.basename(one)) < NAME_MAX


@pytest.mark.parametrize(
    ("path", "roots", "expected"),
    [
        (b"/p/x/1.jpg", [b"/p"], b"/to/x"),
        (b"/p/1.jpg", [b"/p/"], b"/to"),
        (b"/p/x/1.jpg", [b"/"], b"/to/p/x"),
        # several roots: each has a folder of its own
        (b"/p/x/1.jpg", [b"/p", b"/q"], b"/to/p/x"),
        (b"/p/x/1.jpg", [b"/p", b"/p", b"/p/"], b"/to/x"),
        # roots of one name are told apart by what is above them
        (b"/a/p/x/1.jpg", [b"/a/p", b"/b/p"], b"/to/a/p/x"),
        (b"/b/p/x/1.jpg", [b"/a/p", b"/b/p"], b"/to/b/p/x"),
        # a name that is long enough for one and too short for another: all of the path
        (b"/q/a/p/x/1.jpg", [b"/q/a/p", b"/b/p", b"/p"], b"/to/q/a/p/x"),
        # the deepest root counts
        (b"/p/sub/x/1.jpg", [b"/p", b"/p/sub"], b"/to/sub/x"),
        (b"/p/x/1.jpg", [b"/p", b"/p/sub"], b"/to/p/x"),
        # a name that begins like a root lies elsewhere
        (b"/pp/1.jpg", [b"/p", b"/pp"], b"/to/pp"),
        # an image that was named
        (b"/p/x/1.jpg", [b"/p/x/1.jpg"], b"/to"),
        (b"/p\xff/x\n/1.jpg", [b"/p\xff"], b"/to/x\n"),
    ],
)
def test_folders_are_kept_below_the_root_that_holds_the_file(path, roots, expected):
    assert kept_tree(path, roots, b"/to") == expected


def test_a_file_outside_of_all_roots_is_refused():
    with pytest.raises(ActionRefused, match="none of the searched folders"):
        kept_tree(b"/pp/1.jpg", [b"/p"], b"/to")


FOLDERS = st.lists(st.sampled_from([b"a", b"b", b"p"]), min_size=1, max_size=4).map(
    lambda parts: b"/" + b"/".join(parts)
)


@given(st.lists(FOLDERS, min_size=1, max_size=4), st.lists(FOLDERS, min_size=2, max_size=6))
def test_no_two_folders_become_one(roots, folders):
    inside = {f for f in folders if any((f + b"/").startswith(root + b"/") for root in roots)}
    kept = [kept_tree(folder + b"/1.jpg", roots, b"/to") for folder in inside]
    assert len(set(kept)) == len(inside)


def test_the_folder_of_an_image_that_was_searched_alone_is_kept(tmp_path):
    image = touch(tmp_path / "p" / "a.jpg")
    copy = os.fsencode(tmp_path / "p" / "sub" / "b.jpg")
    assert kept_tree(copy, [os.fsencode(image)], b"/to") == b"/to/sub"
    with pytest.raises(ActionRefused):
        kept_tree(os.fsencode(tmp_path / "q" / "b.jpg"), [os.fsencode(image)], b"/to")


def test_a_root_that_was_given_by_way_of_a_link_is_where_the_system_finds_it(tmp_path):
    (tmp_path / "deep" / "p" / "x").mkdir(parents=True)
    (tmp_path / "link").symlink_to(tmp_path / "deep" / "p" / "x")
    path = os.fsencode(tmp_path / "deep" / "p" / "x" / "1.jpg")
    assert kept_tree(path, [os.fsencode(tmp_path / "link" / "..")], b"/to") == b"/to/x"
