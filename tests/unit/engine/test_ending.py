"""A search that ends early: what was found is true, what was not read is counted as missing."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest
from harness.photos import distinct_photos, whole_photo

from difd.engine import ending, pipeline, progress
from difd.engine.group.outcome import Outcome
from difd.engine.work import Cancelled
from difd.pools.local import LocalPool
from difd.protocol.options import SearchOptions, with_similarity
from difd.protocol.results import Member, Progress, Summary


class When:
    """Somebody who asks for an early end when the search has come so far."""

    def __init__(self, condition: Callable[[Progress], bool]) -> None:
        self._condition, self.asked = condition, False

    def look(self, progress: Progress) -> None:
        self.asked = self.asked or self._condition(progress)

    def __call__(self) -> bool:
        return self.asked


def searched(folder: Path, when: When, **options: object) -> tuple[Summary, Outcome]:
    similarity = options.pop("similarity", "duplicates")
    plain = SearchOptions(paths=(os.fsencode(folder),), **options)  # type: ignore[arg-type]
    asked = with_similarity(plain, similarity)
    with LocalPool(1) as pool:
        library = pipeline.build(asked, pool, when.look, lambda: False, early=when)
        outcome = pipeline.search(library, asked, pool, when.look, lambda: False, early=when)
    return outcome.summary, outcome


@pytest.fixture
def folder(tmp_path) -> Path:
    """Twelve pictures, each of them twice."""
    made = distinct_photos(tmp_path / "p", 12)
    for path in sorted(made.iterdir()):
        (made / f"{path.stem} copy{path.suffix}").write_bytes(path.read_bytes())
    return made


def test_what_was_read_is_compared_and_every_pair_of_it_is_a_true_one(folder, monkeypatch):
    # Or twelve small pictures are read before anybody is told.
    monkeypatch.setattr(progress, "_INTERVAL", 0.0)
    summary, outcome = searched(folder, When(lambda progress: progress.decoded >= 14))
    assert summary.partial
    assert 14 <= summary.files < 24
    pairs = [row for row in outcome.rows() if isinstance(row, Member) and row.keeper]
    assert len(pairs) == summary.extra_files
    for row in pairs:
        assert row.keeper is not None
        assert (
            Path(os.fsdecode(row.path)).read_bytes() == Path(os.fsdecode(row.keeper)).read_bytes()
        )


def test_a_search_that_nobody_ends_is_whole(folder):
    summary, _ = searched(folder, When(lambda _progress: False))
    assert (summary.partial, summary.files, summary.groups) == (False, 24, 12)


def test_a_comparison_that_is_ended_keeps_the_matches_that_were_found(folder, monkeypatch):
    monkeypatch.setattr(ending, "EARLY_SECONDS", 0.0)
    monkeypatch.setattr(pipeline, "EARLY_SECONDS", 0.0)
    summary, outcome = searched(
        folder, When(lambda progress: progress.stage == "match"), decode="exact"
    )
    assert summary.partial
    assert summary.files == 24
    for row in outcome.rows():
        if isinstance(row, Member) and row.keeper:
            assert row.match == "bytes"


def test_edited_copies_that_were_found_before_the_end_are_kept(folder, monkeypatch):
    """Three of them, and the search is ended when one was found."""
    monkeypatch.setattr(progress, "_INTERVAL", 0.0)
    monkeypatch.setattr(ending, "EARLY_SECONDS", 0.0)
    monkeypatch.setattr(pipeline, "EARLY_SECONDS", 0.0)
    for name in ("astronaut.png", "coffee.png", "chelsea.png"):
        picture = whole_photo(name)
        picture.save(folder / name, compress_level=1)
        picture.crop((40, 30, 340, 280)).save(folder / f"part of {name}", compress_level=1)
    whole, _ = searched(folder, When(lambda _progress: False), similarity="edited")
    assert (whole.partial, whole.groups) == (False, 15)
    summary, _ = searched(
        folder,
        When(lambda progress: progress.stage == "lay" and progress.laid > 0),
        similarity="edited",
    )
    assert summary.partial
    assert 12 <= summary.groups < 15


def test_an_end_before_anything_was_found_has_no_result(folder):
    with pytest.raises(Cancelled):
        searched(folder, When(lambda progress: progress.stage == "discover"))
