"""Who stays in whole searches: folders, passing places, and files that cannot go."""

from __future__ import annotations

import zlib

import numpy as np
import pytest
from harness.records import PX, groups_of, make_record, members_of, search_records, shade
from harness.values import packed

from difd.protocol.options import KEEP_RULES

FIXED = "Its folder is read-only for you."
ALBUMS = ("Birthday", "Summer in Tuscany")


def copy(path, content="picture", **more):
    """A file of this content."""
    known = content.encode()
    tensor = np.random.default_rng(zlib.crc32(known)).integers(0, 256, (PX, PX, 3), np.uint8)
    return make_record(path, tensor, **({"digest": known, "pixels": known} | more))


def kept(records, **options):
    """The files that stay, of groups of proven copies."""
    members = members_of(search_records(records, **options).rows())
    return {path for path, member in members.items() if member.action == "keep"}


def test_albums_keep_all_that_a_backup_has_too():
    records = []
    for number in range(46):
        album = ALBUMS[number % 2]
        name = f"IMG_{number:04}.jpg"
        # The backup has the older copies, and the path that comes first.
        records += [
            copy(f"/p/{album}/{name}", name, mtime_ns=2),
            copy(f"/p/Phone backup/DCIM/{name}", name, mtime_ns=1),
        ]
    assert {path.split(b"/")[2] for path in kept(records)} == {b"Birthday", b"Summer in Tuscany"}
    assert len(kept(records)) == 46


def test_of_two_folders_one_keeps_all_though_the_rules_decide_for_a_few_only():
    records = []
    for number in range(10):
        name = f"{number}.jpg"
        records += [copy(f"/p/Anna/{name}", name), copy(f"/p/Zoe/{name}", name)]
    assert {path.split(b"/")[2] for path in kept(records)} == {b"Anna"}
    # One copy of another picture is older in the one folder, and so all go in its favour.
    records += [
        copy("/p/Zoe/old.jpg", "old", mtime_ns=1),
        copy("/p/Anna/old.jpg", "old", mtime_ns=2),
    ]
    assert {path.split(b"/")[2] for path in kept(records)} == {b"Zoe"}
    member = members_of(search_records(records).rows())[b"/p/Anna/3.jpg"]
    assert member.reason.endswith('of the folders "Zoe" and "Anna", the first keeps what both have')


def test_that_only_paths_decide_between_two_folders_is_warned_of_where_files_differ():
    records = [make_record(f"/p/{folder}/1.jpg", shade(1), pixels=b"p") for folder in "ab"]
    member = members_of(search_records(records).rows())[b"/p/b/1.jpg"]
    assert member.warnings == ("only the names decide which of the two stays",)


def test_a_camera_s_jpeg_stays_and_a_larger_png_of_it_goes():
    records = [
        make_record(
            "/p/Birthday/IMG_2041.JPG",
            shade(1),
            pixels=b"p",
            image_format="JPEG",
            length=852_000,
            metadata=("date", "place", "camera"),
            mtime_ns=2,
        ),
        make_record("/p/a.png", shade(1), pixels=b"p", length=4_000_000, mtime_ns=1),
    ]
    member = members_of(search_records(records).rows())[b"/p/a.png"]
    assert member.keeper == b"/p/Birthday/IMG_2041.JPG"
    assert "it has date and place and camera, which the other one lacks" in member.reason


def test_a_damaged_file_goes_in_favour_of_an_intact_one():
    damaged = {"damage": "its end is missing", "mtime_ns": 1, "digest": None}
    records = [copy("/p/a.png", **damaged), copy("/p/b.png")]
    member = members_of(search_records(records).rows())[b"/p/a.png"]
    assert member.keeper == b"/p/b.png"
    assert "it is undamaged, the other one is not: its end is missing" in member.reason


def test_an_intact_file_is_not_proposed_in_favour_of_a_damaged_reference():
    damaged = {"damage": "its end is missing", "digest": b"other", "reference": True}
    member = members_of(search_records([copy("/r/a.png", **damaged), copy("/p/b.png")]).rows())[
        b"/p/b.png"
    ]
    assert (member.action, member.keeper) == ("review", b"/r/a.png")
    assert member.warnings[0] == (
        "the file that stays is damaged, and this one is not: its end is missing"
    )


@pytest.mark.parametrize("more", [{}, {"reference": True}, {"fixed": FIXED}])
def test_a_file_in_a_passing_place_is_never_the_keeper_of_one_outside(more):
    inside = {"passing": "a recycle bin", "metadata": ("date",), "mtime_ns": 1, **more}
    records = [copy("/p/#recycle/x.jpg", **inside), copy("/p/x.jpg")]
    (group,) = groups_of(search_records(records).rows())
    assert [(one.path, one.action) for one in group] == [
        (b"/p/x.jpg", "keep"),
        (b"/p/#recycle/x.jpg", "none" if more else "remove"),
    ]
    assert group[0].reason.startswith("kept: the other one lies in a recycle bin")


def test_files_in_one_kind_of_passing_place_may_stay_for_each_other_only():
    paths = ("/p/#recycle/1.jpg", "/p/#recycle/2.jpg", "/p/.snapshots/1.jpg")
    kinds = ("a recycle bin", "a recycle bin", "a snapshot")
    records = [copy(path, passing=kind) for path, kind in zip(paths, kinds, strict=True)]
    members = members_of(search_records(records).rows())
    actions = {path.split(b"/", 2)[2].decode(): one.action for path, one in members.items()}
    assert actions == {
        "#recycle/1.jpg": "keep",
        "#recycle/2.jpg": "remove",
        ".snapshots/1.jpg": "none",
    }


def test_where_the_preferred_file_could_go_and_its_equal_cannot_the_preferred_one_goes():
    records = [
        copy("/p/a"),
        copy("/p/b"),
        copy("/p/c", fixed=FIXED),
    ]
    outcome = search_records(records)
    members = members_of(outcome.rows())
    assert [members[path].action for path in (b"/p/a", b"/p/b", b"/p/c")] == [
        "remove", "remove", "keep",
    ]  # fmt: skip
    assert members[b"/p/c"].reason == (
        "kept: it cannot be removed (its folder is read-only for you), and is no worse"
    )
    assert "that one stays: it cannot be removed" in members[b"/p/a"].reason
    assert (outcome.summary.removable_files, outcome.summary.reclaimable_bytes) == (2, 2000)


@pytest.mark.parametrize(
    ("better", "fixed"),
    [
        ({}, {"damage": "its end is missing"}),
        ({"metadata": ("date",)}, {}),
        ({"value": packed("a movie")}, {"value": packed("a caption")}),
    ],
)
def test_a_file_that_cannot_go_stays_for_none_that_is_better(better, fixed):
    records = [
        make_record("/p/a", shade(1), pixels=b"s", **better),
        make_record("/p/b", shade(1), pixels=b"s", fixed=FIXED, **fixed),
    ]
    outcome = search_records(records)
    member = members_of(outcome.rows())[b"/p/b"]
    assert (member.action, member.keeper) == ("none", b"/p/a")
    assert member.warnings[-1] == "it cannot be removed: its folder is read-only for you"
    assert (outcome.summary.removable_files, outcome.summary.reclaimable_bytes) == (0, 0)
    assert outcome.summary.extra_files == 1


@pytest.mark.parametrize("keep", [KEEP_RULES, ("in:/p/Birthday",), ("folder:/p/Birthday>/p",)])
def test_an_album_is_not_emptied_because_a_backup_cannot_be_changed(keep):
    records = [copy("/p/Birthday/a", mtime_ns=2), copy("/p/Backup/a", mtime_ns=1, fixed=FIXED)]
    members = members_of(search_records(records, keep=keep).rows())
    assert [members[path].action for path in sorted(members)] == ["none", "keep"]
    members = members_of(search_records(records, keep=("oldest",)).rows())
    assert members[b"/p/Birthday/a"].action == "remove"


def test_of_two_files_that_cannot_go_none_is_counted_as_one_that_can():
    records = [copy(f"/p/{n}", fixed=FIXED) for n in "ab"]
    outcome = search_records(records)
    assert [m.action for m in members_of(outcome.rows()).values()] == ["keep", "none"]
    assert outcome.summary.removable_files == 0


def test_rules_that_no_searched_file_has_to_do_with_are_said():
    records = [copy("/p/a/1.jpg"), copy("/p/b/1.jpg")]
    rules = ("in:/p/none", "folder:/p/b>/p/nobody", "name:*.tif", "not-name:1.*", "not-in:/p/a")
    rules += ("format:psd",)
    outcome = search_records(records, keep=rules)
    assert outcome.summary.notices == outcome.statistics.notices
    assert outcome.summary.notices == (
        "The keep rule 'in' had no effect: no searched file lies in /p/none.",
        "The keep rule 'folder' had no effect: no searched file lies in /p/nobody.",
        "The keep rule 'name:*.tif' had no effect: no searched file has such a name.",
        "The keep rule 'format:psd' had no effect: no searched file has such a format.",
    )
    assert search_records(records).summary.notices == ()
