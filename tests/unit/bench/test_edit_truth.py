"""The rule that says which pictures of the set of edited copies show the same."""

from __future__ import annotations

from dataclasses import replace

import pytest
from bench.edit_truth import WHOLE, Entry, Truth, read, share, truth, write

ORIGINAL = Entry("orig/a.jpg", "orig", "a", "photo", (900, 600), rect=WHOLE)
LEFT = Entry("edit/l.jpg", "edit", "a", "photo", (450, 600), "crop50_off", (0, 0, 0.5, 1))
RIGHT = replace(LEFT, file="edit/r.jpg", rect=(0.5, 0, 1, 1))
MIDDLE = replace(LEFT, file="edit/m.jpg", rect=(0.25, 0, 0.75, 1))
CORNER = replace(LEFT, file="neg/c.jpg", kind="crop", edit="", rect=(0, 0, 0.25, 0.25))
GREY = replace(LEFT, file="edit/g.jpg", edit="grey", rect=WHOLE)
COLLAGE = replace(GREY, file="edit/x.jpg", edit="collage4", also=("b", "c"))
OTHER = Entry("neg/b.jpg", "photo", "b", "photo", (900, 600), rect=WHOLE)
FRAME = Entry("neg/f0.jpg", "burst", "burst-d", "photo", (900, 600))


def both_ways(a: Entry, b: Entry) -> Truth:
    said = truth(a, b)
    assert truth(b, a) == said
    return said


@pytest.mark.parametrize("copy", [LEFT, CORNER, GREY, COLLAGE], ids=lambda copy: copy.edit)
def test_every_copy_is_an_edit_of_its_original(copy):
    assert both_ways(ORIGINAL, copy) is Truth.EDITED


def test_what_lies_inside_another_edit_is_an_edit_of_it():
    assert both_ways(LEFT, CORNER) is Truth.EDITED
    assert both_ways(GREY, RIGHT) is Truth.EDITED


def test_parts_that_share_some_of_the_original_overlap():
    assert both_ways(LEFT, MIDDLE) is Truth.OVERLAP


def test_parts_that_share_nothing_are_different():
    assert both_ways(LEFT, RIGHT) is Truth.DIFFERENT
    assert both_ways(CORNER, MIDDLE) is Truth.DIFFERENT


def test_nothing_is_asked_where_parts_nearly_lie_inside_or_barely_touch():
    almost = replace(LEFT, rect=(0, 0, 0.95, 1))
    assert both_ways(almost, replace(LEFT, rect=(0.05, 0, 1, 1))) is Truth.NOTHING
    assert both_ways(LEFT, replace(RIGHT, rect=(0.495, 0, 1, 1))) is Truth.NOTHING


def test_nothing_is_asked_of_two_edits_of_which_one_hides_a_part():
    assert both_ways(COLLAGE, CORNER) is Truth.NOTHING
    assert both_ways(replace(GREY, edit="emoji30"), CORNER) is Truth.NOTHING


def test_pictures_of_two_sources_are_different():
    assert both_ways(ORIGINAL, OTHER) is Truth.DIFFERENT
    assert both_ways(LEFT, OTHER) is Truth.DIFFERENT


def test_nothing_is_asked_of_a_collage_and_what_else_it_shows():
    assert both_ways(COLLAGE, OTHER) is Truth.NOTHING
    assert both_ways(COLLAGE, replace(COLLAGE, src="d")) is Truth.NOTHING


def test_nothing_is_asked_of_a_crop_that_shows_one_colour():
    assert both_ways(ORIGINAL, replace(CORNER, plain=True)) is Truth.NOTHING
    assert both_ways(OTHER, replace(CORNER, plain=True)) is Truth.NOTHING


def test_frames_of_a_burst_are_different():
    assert both_ways(FRAME, replace(FRAME, file="neg/f1.jpg")) is Truth.DIFFERENT


def test_a_photo_in_a_frame_is_an_edit_of_the_photo_alone():
    framed = replace(OTHER, file="neg/logo.jpg", kind="logo")
    assert both_ways(framed, OTHER) is Truth.EDITED
    assert both_ways(framed, replace(framed, src="c")) is Truth.DIFFERENT
    assert both_ways(framed, replace(framed, kind="ui")) is Truth.NOTHING


def test_the_share_is_of_the_smaller_part():
    assert share((0, 0, 1, 1), (0.2, 0.2, 0.4, 0.4)) == pytest.approx(1)
    assert share((0, 0, 0.5, 1), (0.25, 0, 0.75, 1)) == pytest.approx(0.5)
    assert share((0, 0, 0.5, 1), (0.6, 0, 1, 1)) == 0


def test_entries_are_read_as_they_were_written(tmp_path):
    entries = [ORIGINAL, LEFT, COLLAGE, FRAME]
    write(tmp_path / "meta.json", entries)
    assert read(tmp_path / "meta.json") == entries
