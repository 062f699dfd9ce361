"""Build and search on real files: what goes in comes out as rows, and cancelling is heard."""

from __future__ import annotations

import shutil
from itertools import count, pairwise

import pytest
from harness.photos import whole_photo
from harness.pictures import photo
from harness.records import InPlacePool, groups_of, make_options, members_of, pairs_of

from difd.engine import pipeline
from difd.engine.work import Cancelled, WorkerLoss
from difd.pools.local import LocalPool
from difd.protocol.errors import InvalidOption, PathNotFound
from difd.protocol.results import Group, Invalid, LowerQuality, Member, Pair, Progress, Statistics


@pytest.fixture
def album(tmp_path):
    """Two folders of photos with copies, a broken file and one that is no image."""
    root = tmp_path / "album"
    (root / "one" / "deep").mkdir(parents=True)
    (root / "two").mkdir()
    astronaut = whole_photo("astronaut.png")
    astronaut.save(root / "one" / "a.png")
    shutil.copy(root / "one" / "a.png", root / "one" / "deep" / "b.png")
    astronaut.save(root / "two" / "c.jpg", quality=92)
    photo().save(root / "two" / "d.png")
    shutil.copy(root / "two" / "d.png", root / "two" / "e.png")
    (root / "two" / "broken.png").write_bytes(b"not a picture")
    (root / "two" / "notes.txt").write_bytes(b"not a picture either")
    return root


def options_for(*paths, **options):
    return make_options(paths=tuple(bytes(path) for path in paths), px_size=50, **options)


def find(*paths, pool=None, told=None, **options):
    made = options_for(*paths, **options)
    pool = pool or InPlacePool()
    on_progress = (lambda _: None) if told is None else told.append
    library = pipeline.build(made, pool, on_progress, lambda: False)
    return pipeline.search(library, made, pool, on_progress, lambda: False)


def test_an_album_is_searched_from_end_to_end(album):
    outcome = find(album, similarity=5.0)
    rows = list(outcome.rows())
    assert [[member.path for member in group] for group in groups_of(rows)] == [
        [bytes(album / "one/a.png"), bytes(album / "one/deep/b.png"), bytes(album / "two/c.jpg")],
        [bytes(album / "two/d.png"), bytes(album / "two/e.png")],
    ]
    members = members_of(rows)
    assert [members[bytes(album / name)].match for name in ("one/deep/b.png", "two/c.jpg")] == [
        "bytes", "similar",
    ]  # fmt: skip
    sizes = {name: (album / name).stat().st_size for name in ("one/deep/b.png", "two/e.png")}
    assert outcome.summary.reclaimable_bytes == sum(sizes.values())
    assert outcome.summary.files == 5
    assert outcome.summary.invalid == 2
    assert outcome.summary.extra_files == 3
    assert outcome.summary.rows == len(rows)
    reasons = {row.path: row.reason for row in rows if isinstance(row, Invalid)}
    assert reasons[bytes(album / "two/notes.txt")] == "Unsupported file type"
    assert bytes(album / "two/broken.png") in reasons


def test_rows_come_in_the_documented_order(album):
    rows = list(find(album, similarity=5.0).rows())
    order = {Group: 0, Member: 0, Pair: 1, LowerQuality: 2, Invalid: 3, Statistics: 4}
    ranks = [order[type(row)] for row in rows]
    assert ranks == sorted(ranks)
    assert ranks.count(4) == 1
    groups = [row for row in rows if isinstance(row, Group)]
    assert [group.id for group in groups] == [1, 2]
    assert [group.count for group in groups] == [len(group) for group in groups_of(rows)]


def test_statistics_count_what_was_found(album):
    statistics = find(album, album / "two" / "d.png", similarity=5.0, chunksize=100).statistics
    assert statistics.directory == (bytes(album), bytes(album / "two/d.png"))
    assert (statistics.files_searched, statistics.invalid, statistics.total_files) == (5, 2, 7)
    assert (statistics.duplicates, statistics.similar) == (2, 1)
    assert (statistics.processes, statistics.chunksize) == (1, 100)
    assert statistics.build_start <= statistics.build_end <= statistics.search_start
    assert statistics.search_start <= statistics.search_end


def test_given_folders_can_be_searched_by_themselves(album):
    rows = list(find(album / "one", album / "two", similarity=5.0, in_folder="given").rows())
    assert [(row.folder, row.count) for row in rows if isinstance(row, Group)] == [
        (bytes(album / "one"), 2),
        (bytes(album / "two"), 2),
    ]
    rows = list(find(album, similarity=5.0, in_folder="each").rows())
    assert [(row.folder, row.count) for row in rows if isinstance(row, Group)] == [
        (bytes(album / "two"), 2)
    ]


def test_the_same_folder_in_two_spellings_finds_no_file_twice(album):
    once = list(find(album).rows())[:-1]
    assert list(find(album, f"{album}/".encode(), album / "two").rows())[:-1] == once


def test_a_reference_folder_inside_the_album_stays(album):
    made = {"reference": (bytes(album / "two"),), "similarity": 5.0}
    members = members_of(find(album, **made).rows())
    assert members[bytes(album / "two/c.jpg")].action == "keep"
    assert members[bytes(album / "one/a.png")].keeper == bytes(album / "two/c.jpg")
    assert bytes(album / "two/d.png") not in members, "a pair of two references"


def test_one_image_alone_is_searched_for_in_its_folder(album):
    rows = list(find(album / "two" / "e.png", query=True).rows())
    assert [pair[:2] for pair in pairs_of(rows)] == [
        (bytes(album / "two/d.png"), bytes(album / "two/e.png"))
    ]


def test_an_image_and_a_folder_report_only_matches_of_the_image(album):
    rows = list(find(album / "one" / "a.png", album, query=True, similarity=5.0).rows())
    (group,) = groups_of(rows)
    assert len(group) == 3
    assert bytes(album / "two/d.png") not in members_of(rows)


def test_a_lost_worker_costs_one_file_which_is_reported(album):
    class UnluckyPool(InPlacePool):
        def map(self, function, items):
            for item, answer in super().map(function, items):
                lost = getattr(item, "file", None) and item.file.path.endswith(b"d.png")
                yield item, WorkerLoss("took more than 60 s") if lost else answer

    outcome = find(album, pool=UnluckyPool())
    reasons = {row.path: row.reason for row in outcome.rows() if isinstance(row, Invalid)}
    assert reasons[bytes(album / "two/d.png")] == "took more than 60 s"
    assert outcome.summary.files == 4


def test_an_empty_folder_has_an_empty_result(tmp_path):
    outcome = find(tmp_path)
    assert [type(row) for row in outcome.rows()] == [Statistics]
    assert outcome.summary.rows == 1
    (statistics,) = find(tmp_path, in_folder="each").rows()
    assert statistics.files_searched == 0


def test_a_missing_path_is_refused(tmp_path):
    with pytest.raises(PathNotFound):
        find(tmp_path / "nowhere")


def test_a_bad_keep_rule_is_refused_before_anything_is_read(album):
    made = options_for(album, keep=("biggest",))
    pool = InPlacePool()
    with pytest.raises(InvalidOption, match="biggest"):
        pipeline.build(made, pool, lambda _: None, lambda: False)
    assert pool.calls == 0


def test_progress_goes_through_all_stages_and_never_back(album):
    told: list[Progress] = []
    find(album, told=told, similarity=5.0)
    stages = [progress.stage for progress in told]
    assert [stage for n, stage in enumerate(stages) if stage not in stages[:n]] == [
        "discover", "decode", "match", "report",
    ]  # fmt: skip
    assert told[-1].compared == 1.0
    assert told[-1].matches >= 4
    for earlier, later in pairwise(told):
        assert earlier.compared <= later.compared


def test_cancelling_is_heard_wherever_it_happens(album):
    made = options_for(album, similarity=5.0)
    for after in count():
        questions = count()

        def cancelled(questions=questions, after=after):
            return next(questions) >= after

        pool = InPlacePool()
        try:
            library = pipeline.build(made, pool, lambda _: None, cancelled)
            pipeline.search(library, made, pool, lambda _: None, cancelled)
        except Cancelled:
            assert next(questions) == after + 1, "went on after it was cancelled"
        else:
            break
    assert after > 12


def test_a_pool_is_free_again_when_the_one_who_is_told_fails(album):
    made = options_for(album)

    def fail(progress):
        if progress.stage == "decode" and progress.decoded:
            raise BrokenPipeError

    with LocalPool(1) as pool:
        with pytest.raises(BrokenPipeError):
            pipeline.build(made, pool, fail, lambda: False)
        assert len(pipeline.build(made, pool, lambda _: None, lambda: False).records) == 5


def test_processes_of_this_machine_give_the_same_rows(album):
    expected = list(find(album, similarity=5.0).rows())[:-1]
    with LocalPool(1) as pool:
        assert list(find(album, similarity=5.0, pool=pool).rows())[:-1] == expected


@pytest.mark.parametrize("in_folder", ["off", "given", "each"])
def test_searches_of_one_library_do_not_influence_each_other(album, in_folder):
    made = options_for(album / "one", album / "two", similarity=5.0, in_folder=in_folder)
    pool = InPlacePool()
    library = pipeline.build(made, pool, lambda _: None, lambda: False)
    kept = [record.planes.copy() for record in library.records]
    fresh = list(find(*(album / n for n in ("one", "two")), similarity=0.0).rows())[:-1]
    pipeline.search(library, made, pool, lambda _: None, lambda: False)
    other = options_for(album / "one", album / "two", similarity=0.0)
    rows = pipeline.search(library, other, pool, lambda _: None, lambda: False).rows()
    assert list(rows)[:-1] == fresh
    for record, planes in zip(library.records, kept, strict=True):
        assert (record.planes == planes).all()
