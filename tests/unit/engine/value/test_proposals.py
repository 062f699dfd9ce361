"""A file that holds what its keeper lacks is never proposed for removal, and says what is lost."""

from __future__ import annotations

import pytest
from harness.containers import MOVIE, encoded, jpeg_with, jpeg_with_xmp, without_decoding
from harness.pictures import found, record
from harness.records import members_of, search_records
from PIL import Image

from difd.engine.read.decode import ReadRequest, describe, read
from difd.engine.read.value import details, holds_all, lost, worth

KEYWORDS = "<dc:subject><rdf:Bag>%s</rdf:Bag></dc:subject>"


def written(tmp_path, **contents: bytes):
    records = []
    for name, content in contents.items():
        path = tmp_path / name
        path.write_bytes(content)
        records.append(record(path))
    return records


def proposed(records, **options):
    rows = search_records(records, px_size=50, keep=("shortest-path",), **options).rows()
    return {path.rpartition(b"/")[2].decode(): member for path, member in members_of(rows).items()}


def test_a_rich_file_is_for_review_when_a_poor_one_stays(tmp_path):
    rich = encoded("JPEG") + MOVIE
    members = proposed(written(tmp_path, a=without_decoding("PNG", rich), rich=rich))
    assert members["rich"].action == "review"
    assert members["rich"].match == "pixels"
    assert members["rich"].loses == "a movie of 4 kB"
    assert members["rich"].reason == (
        "the same pixels as a, but only this one has a movie of 4 kB: look first"
    )


def test_a_poor_file_goes_when_a_rich_one_stays(tmp_path):
    rich = encoded("JPEG") + MOVIE
    members = proposed(written(tmp_path, a=rich, poor=without_decoding("PNG", rich)))
    assert (members["poor"].action, members["poor"].loses) == ("remove", "")
    assert members["a"].worth > members["poor"].worth == 0
    assert members["a"].details == 1


def test_copies_byte_for_byte_lose_nothing(tmp_path):
    rich = encoded("JPEG") + MOVIE
    members = proposed(written(tmp_path, a=rich, copy=rich))
    assert (members["copy"].action, members["copy"].loses) == ("remove", "")


def test_each_of_two_may_hold_what_the_other_lacks(tmp_path):
    one = jpeg_with((0xFE, b"Grandma"))
    other = jpeg_with((0xFE, b"Grandpa"))
    members = proposed(written(tmp_path, a=one, other=other))
    assert members["other"].loses == "the comment 'Grandpa'"
    assert members["other"].action == "review"


def test_damage_and_date_are_told_of_every_member(tmp_path):
    intact = encoded("GIF")
    members = proposed(written(tmp_path, a=intact, bad=intact[:-1]))
    assert members["a"].damage == ""
    assert members["bad"].damage == "its end is missing"


@pytest.mark.parametrize("kind", ["JPEG", "PNG"])
def test_a_fast_search_tells_the_same(tmp_path, kind):
    path = tmp_path / "a"
    path.write_bytes(encoded(kind) + b"PK\3\4" + b"zip" * 99)
    full = record(path)
    fast = read(ReadRequest(found(path), 50, mode="fast"))
    if kind == "JPEG":
        fast = describe(fast)
    assert (fast.value, fast.damage, fast.taken) == (full.value, full.damage, full.taken)
    assert full.value


def test_more_is_worth_more_and_has_more_details(tmp_path):
    few = jpeg_with_xmp(KEYWORDS % "<rdf:li>a</rdf:li>")
    more = jpeg_with_xmp(KEYWORDS % "<rdf:li>a</rdf:li><rdf:li>b</rdf:li>")
    most = more + MOVIE
    none, few, more, most = (
        one.value for one in written(tmp_path, n=encoded("JPEG"), f=few, m=more, o=most)
    )
    assert worth(none) == 0 < worth(few) == worth(more) < worth(most)
    assert details(none) == 0 < details(few) < details(more) < details(most)
    assert holds_all(most, more)
    assert holds_all(more, few)
    assert not holds_all(few, more)
    assert lost(more, few) == "the keyword 'b'"
    assert lost(more, none) == "2 keywords"
    assert lost(few, more) == ""


def test_a_sentence_about_losses_is_short_whatever_a_file_says(tmp_path):
    texts = [
        (0xFE, f"{number} {'long ' * 90}\u202e\ud83d".encode(errors="replace"))
        for number in range(9)
    ]
    hostile = jpeg_with(*texts, (0xE9, b"\xff" * 900 + b"data")) + MOVIE
    (found,) = written(tmp_path, a=hostile)
    told = lost(found.value, b"")
    assert len(told) <= 130
    assert told.isprintable()


def test_a_camera_s_picture_needs_little_memory(tmp_path):
    exif = Image.Exif()
    exif[0x10F], exif[0x110] = "Canon", "EOS 5D"
    exif[0x8769] = {
        0x9003: "2019:01:01 10:00:00",
        0x927C: b"maker" * 900,
        **dict.fromkeys((34850, 34855, 37383, 37384, 37385, 41488, 41986, 41987), 7),
        **dict.fromkeys((33434, 33437, 37377, 37378, 37380, 37386, 41486, 41487), (7, 3)),
    }
    path = tmp_path / "a.jpg"
    path.write_bytes(encoded("JPEG", exif=exif))
    assert details(record(path).value) > 10
    assert len(record(path).value) < 500
