"""Copies of pictures that no decoder reads are found by their bytes."""

from __future__ import annotations

import os

import pytest
from harness.folders import touch
from harness.pictures import photo
from harness.records import InPlacePool, groups_of, members_of, pairs_of, run

from difd.engine import pipeline
from difd.engine.read.undecoded import undecoded_copies
from difd.protocol.ignoring import Ignored, IgnoredContent, IgnoredGroup
from difd.protocol.options import SearchOptions
from difd.protocol.results import UNSUPPORTED, Invalid

UNREAD = ("a.psd", "b.xcf", "c.kra", "d.svg", "e.NEF", "f.CR3", "g.jxl", "h.eps", "i.jpg")


def find(*paths, **options):
    made = SearchOptions(paths=tuple(map(os.fsencode, paths)), **options)
    library = pipeline.build(made, InPlacePool(), lambda _: None, lambda: False)
    return library, run(library, made)


@pytest.fixture
def album(tmp_path):
    """Two folders with the same unreadable pictures, and a picture that can be read."""
    for name in UNREAD:
        for folder in ("card", "copy"):
            touch(tmp_path / folder / name, b"no decoder reads this: " + name.encode())
    photo().save(tmp_path / "card" / "z.png")
    return tmp_path


def test_each_is_a_group_of_the_same_bytes(album):
    _, outcome = find(album)
    rows = list(outcome.rows())
    groups = [sorted(os.path.relpath(m.path, bytes(album)) for m in g) for g in groups_of(rows)]
    expected = sorted([f"card/{n}".encode(), f"copy/{n}".encode()] for n in UNREAD)
    assert sorted(groups) == expected
    removed = [member for member in members_of(rows).values() if member.action == "remove"]
    assert len(removed) == len(UNREAD)
    assert {member.match for member in removed} == {"bytes"}
    assert {(m.width, m.height) for m in members_of(rows).values()} == {(0, 0)}
    assert outcome.summary.extra_files == len(UNREAD)
    assert outcome.summary.rows == len(rows)


def test_they_stay_listed_as_not_read_and_difpys_result_knows_nothing_of_them(album):
    _, outcome = find(album)
    rows = list(outcome.rows())
    assert sum(isinstance(row, Invalid) for row in rows) == 2 * len(UNREAD)
    assert outcome.summary.files == 1
    assert outcome.summary.invalid == 2 * len(UNREAD)
    assert pairs_of(rows) == []


def test_documents_movies_and_empty_files_are_no_pictures(tmp_path):
    for folder in ("a", "b"):
        for name in ("clip.mp4", "doc.pdf", "text.txt", "noext", "song.mp3"):
            touch(tmp_path / folder / name, b"the same in both folders " + name.encode())
        touch(tmp_path / folder / "empty.jpg", b"")
    for options in ({}, {"limit_extensions": False}):
        assert find(tmp_path, **options)[1].summary.groups == 0


def test_what_macos_keeps_beside_a_picture_is_no_picture(tmp_path):
    for folder in ("card", "copy"):
        touch(tmp_path / folder / "._IMG_1.jpg", b"\0\5\x16\7\0\2\0\0Mac OS X" + b"x" * 4000)
        touch(tmp_path / folder / ".AppleDouble" / "IMG_1.jpg", b"\0\5\x16\7\0\2\0\0Netatalk" * 99)
        touch(tmp_path / folder / "._a.jpg", b"damaged, and called so" * 100)
    _, outcome = find(tmp_path)
    rows = list(outcome.rows())
    assert set(members_of(rows)) == {
        os.fsencode(tmp_path / folder / "._a.jpg") for folder in ("card", "copy")
    }
    reasons = {row.path: row.reason for row in rows if isinstance(row, Invalid)}
    assert reasons[os.fsencode(tmp_path / "card" / "._IMG_1.jpg")] == UNSUPPORTED


@pytest.mark.parametrize(
    ("name", "byte", "size"),
    [
        ("a.jpg", b"\0", 900),
        ("a.NEF", b"\0", 900),
        ("a.jpg", b"\xff", 900),
        ("a.jpg", b"\0", 65 << 20),
    ],
)
def test_files_whose_content_is_not_here_are_no_copies(tmp_path, name, byte, size):
    for folder in ("a", "b"):
        touch(tmp_path / folder / name, byte * 900)
        os.truncate(tmp_path / folder / name, size)
    _, outcome = find(tmp_path)
    assert outcome.summary.groups == 0
    reasons = {row.reason for row in outcome.rows() if isinstance(row, Invalid)}
    assert name != "a.jpg" or reasons == {"its content is not here: all of its bytes are alike"}


def test_only_files_of_equal_size_are_digested(tmp_path):
    touch(tmp_path / "a.xcf", b"one")
    touch(tmp_path / "b.xcf", b"two and more")
    pool = InPlacePool()
    made = SearchOptions(paths=(bytes(tmp_path),))
    pipeline.build(made, pool, lambda _: None, lambda: False)
    assert pool.calls == 0
    touch(tmp_path / "c.xcf", b"six")
    pipeline.build(made, pool, lambda _: None, lambda: False)
    assert pool.calls == 2


def test_names_of_one_file_are_no_copies(tmp_path):
    touch(tmp_path / "a.xcf", b"content")
    os.link(tmp_path / "a.xcf", tmp_path / "b.xcf")
    assert find(tmp_path)[1].summary.groups == 0


def test_references_stay_and_given_folders_are_searched_by_themselves(album):
    _, outcome = find(album / "card", reference=(bytes(album / "copy"),))
    members = members_of(outcome.rows())
    assert all(m.action == "keep" for path, m in members.items() if b"/copy/" in path)
    assert all(m.action == "remove" for path, m in members.items() if b"/card/" in path)
    assert find(album / "card", album / "copy", in_folder="given")[1].summary.groups == 0


@pytest.mark.parametrize(
    ("across", "removed"),
    [("folders", {"b/3.xcf"}), ("given", set()), ("off", {"a/2.xcf", "b/3.xcf"})],
)
def test_across_counts_for_them(tmp_path, across, removed):
    for name in ("a/1.xcf", "a/2.xcf", "b/3.xcf"):
        os.utime(touch(tmp_path / name, b"content"), (0, 0))
    members = members_of(find(tmp_path, across=across)[1].rows())
    gone = {path for path, member in members.items() if member.action == "remove"}
    assert {os.path.relpath(os.fsdecode(path), tmp_path) for path in gone} == removed
    assert find(tmp_path / "a", across="folders")[1].summary.groups == 0


def test_what_is_ignored_is_no_copy(tmp_path):
    for name in ("a.xcf", "b.xcf"):
        touch(tmp_path / name, b"content")
    library, _ = find(tmp_path)
    digest = library.undecoded[0].digest
    made = SearchOptions(paths=(bytes(tmp_path),))
    content = IgnoredContent(digest, b"/a.xcf", count=2)
    ignored = Ignored([IgnoredGroup("id", 0.0, (content,))])
    assert run(library, made, ignored).summary.groups == 0


def test_a_query_finds_only_copies_of_the_image_that_was_named(album):
    _, outcome = find(album / "card/b.xcf", album, query=True)
    rows = list(outcome.rows())
    assert len(groups_of(rows)) == 1
    assert "b.xcf' was named and could not be read" in outcome.summary.notices[0]


def test_a_named_file_without_a_pictures_name_is_compared_too(tmp_path):
    photo().save(tmp_path / "photo.png")
    (tmp_path / "noext").write_bytes((tmp_path / "photo.png").read_bytes())
    _, outcome = find(tmp_path / "noext", tmp_path, query=True)
    assert outcome.summary.groups == 1
    assert outcome.summary.notices == ()


def test_a_file_that_cannot_be_opened_is_passed_over(album):
    library, _ = find(album)
    unreadable = [entry for entry in library.unreadable if entry.path.endswith(b".xcf")]
    files = [record.file for record in library.undecoded if record.file.path.endswith(b".xcf")]
    (album / "card/b.xcf").unlink()
    assert undecoded_copies(files, unreadable, InPlacePool(), lambda: None) == ()
