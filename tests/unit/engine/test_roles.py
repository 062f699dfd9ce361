"""Reference folders and images given by name: what their role decides in groups and result."""

from __future__ import annotations

from harness.records import (
    lower_of,
    make_library,
    make_options,
    make_record,
    members_of,
    pairs_of,
    run,
    search_records,
    shade,
)


def test_a_query_s_image_decides_copies_that_another_keeper_had_to_pass_over():
    records = [
        make_record("/p/1-plain", shade(0)),
        make_record("/p/2-named", shade(10), named=True),
        make_record("/p/3-named", shade(20), named=True),
        make_record("/p/4-plain", shade(10)),
    ]
    rows = search_records(records, similarity=100.0, query=True, keep=()).rows()
    members = members_of(rows)
    assert members[b"/p/2-named"].keeper == b"/p/1-plain"
    assert members[b"/p/4-plain"].keeper == b"/p/3-named"


def test_reference_files_stay_whatever_their_quality():
    records = [
        make_record("/p/large", shade(9), size=(4000, 3000), digest=b"same", pixels=b"same"),
        make_record("/r/one", shade(9), size=(4000, 3000), digest=b"same", reference=True),
        make_record("/r/two", shade(9), size=(4000, 3000), digest=b"same", reference=True),
    ]
    rows = list(search_records(records).rows())
    members = members_of(rows)
    assert members[b"/p/large"].action == "remove"
    assert members[b"/p/large"].keeper == b"/r/one"
    assert members[b"/r/one"].action == members[b"/r/two"].action == "keep"
    assert members[b"/r/two"].reason == "kept: it lies in a reference folder"
    assert pairs_of(rows) == [(b"/p/large", b"/r/one", 0.0), (b"/p/large", b"/r/two", 0.0)]
    assert lower_of(rows) == [b"/p/large"]


def test_two_references_alone_are_no_group():
    records = [make_record(f"/r/{n}", shade(9), reference=True) for n in range(3)]
    outcome = search_records(records)
    assert outcome.summary.groups == 0
    assert pairs_of(outcome.rows()) == []


def test_references_are_never_of_lower_quality():
    records = [
        make_record("/p/large", shade(9), size=(200, 200)),
        make_record("/r/small", shade(9), size=(100, 100), reference=True),
    ]
    assert lower_of(search_records(records, same_dim=False).rows()) == []


def test_a_query_reports_only_matches_of_the_named_image():
    records = [
        make_record("/p/a", shade(1)),
        make_record("/p/b", shade(1)),
        make_record("/p/c", shade(1), named=True),
        make_record("/p/x", shade(200)),
        make_record("/p/y", shade(200)),
    ]
    rows = list(search_records(records, query=True).rows())
    assert pairs_of(rows) == [(b"/p/a", b"/p/c", 0.0)], "an image is listed once"
    assert members_of(rows).keys() == {b"/p/a", b"/p/b", b"/p/c"}


def test_without_query_named_images_are_like_all_others():
    records = [
        make_record("/p/a", shade(1)),
        make_record("/p/b", shade(1)),
        make_record("/q/c", shade(9), named=True),
    ]
    assert len(pairs_of(search_records(records).rows())) == 1


def test_a_query_whose_image_cannot_be_read_finds_nothing():
    options = make_options(query=True)
    records = [make_record("/p/a", shade(1)), make_record("/p/b", shade(1))]
    outcome = run(make_library(records, options, named=(b"/q/broken.png",)), options)
    assert outcome.summary.groups == 0
