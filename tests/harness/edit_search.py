"""What a search for edited copies finds in a folder, without daemon and workers."""

from __future__ import annotations

from pathlib import Path

from difd.engine import pipeline
from difd.protocol.options import SearchOptions, with_similarity
from difd.protocol.results import Group, Member, Row, Summary
from harness.records import InPlacePool, groups_of


def search(folder: Path, **options: object) -> list[list[Member]]:
    """The groups of a search for edited copies."""
    rows, _ = found_in(folder, **options)
    heads = [row for row in rows if isinstance(row, Group)]
    groups = groups_of(rows)
    for head, members in zip(heads, groups, strict=True):
        assert head.count == sum(member.lie is None for member in members)
        assert head.edited == sum(member.lie is not None for member in members)
    return groups


class BackwardsPool(InPlacePool):
    """One whose answers come in the reverse order, as they may from several processes."""

    def map(self, function, items):
        return reversed(list(super().map(function, items)))


def found_in(
    folder: Path, pool: InPlacePool | None = None, **options: object
) -> tuple[list[Row], Summary]:
    """All that such a search says."""
    pool = pool or InPlacePool()
    plain = SearchOptions(paths=(bytes(folder),), **options)  # type: ignore[arg-type]
    asked = with_similarity(plain, "edited")
    library = pipeline.build(asked, pool, lambda _: None, lambda: False)
    outcome = pipeline.search(library, asked, pool, lambda _: None, lambda: False)
    return list(outcome.rows()), outcome.summary
