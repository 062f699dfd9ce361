"""A finished search with very many groups, written as the engine would have, without its hours."""

from __future__ import annotations

import os
import shutil
import time
from pathlib import Path

import msgspec

from difd.protocol.endpoint import prepare_directories, user_endpoint
from difd.protocol.jobs import JobInfo
from difd.protocol.options import SearchOptions
from difd.protocol.results import Group, Member, Row, Statistics, Summary
from difd.store.job_journal import JobJournal

PAGE_ROWS = 5000
LINKS = 30_000
"""Groups of one file: ext4 lets it have 65,000 names."""


def write_search(
    photo: Path, groups: int, *, size: tuple[int, int] = (160, 120), similar: bool = False
) -> str:
    """A search whose groups are all of hard links to one photo; returns its job.

    No daemon may run: the journal has one writer.

    Args:
        photo: of this size.
        groups: how many.
        size: width and height.
        similar: they are only alike, and have to be looked at; else their bytes are the same.
    """
    endpoint = user_endpoint()
    prepare_directories(endpoint)
    kind = {".png": "PNG", ".jpg": "JPEG"}[photo.suffix]
    rows: list[Row] = []
    for number in range(1, groups + 1):
        if number % LINKS == 0:
            photo = Path(shutil.copy(photo, photo.with_stem(f"again-{number}")))
        paths = [photo.parent / f"{number:05}-{part}{photo.suffix}" for part in "ab"]
        for path in paths:
            os.link(photo, path)
        length, modified = photo.stat().st_size, photo.stat().st_mtime_ns
        facts = {"group": number, "width": size[0], "height": size[1]}
        facts |= {"size": length, "format": kind}
        keeper, copy = map(os.fsencode, paths)
        rows += [
            Group(number, None, 2, length + number),
            Member(path=keeper, action="keep", reason="kept", modified=modified, **facts),
            Member(
                path=copy,
                action="review" if similar else "remove",
                reason="similar" if similar else "the same bytes",
                modified=modified,
                keeper=keeper,
                match="similar" if similar else "bytes",
                mse=0.0,
                **facts,
            ),
        ]
    rows.append(Statistics((b"/",), 0, 1, 1, 2, 1, None, 2 * groups, groups, 0, 2 * groups, 0))
    now = time.time()
    job = JobInfo(
        id="feed" * 8,
        state="done",
        options=SearchOptions(paths=(os.fsencode(photo.parent),)),
        created=now,
        started=now,
        finished=now,
        summary=Summary(2 * groups, 0, groups, groups, groups, len(rows)),
    )
    journal = JobJournal(endpoint.journal)
    journal.add(job, "made")
    for first in range(0, len(rows), PAGE_ROWS):
        journal.add_rows(job.id, first, msgspec.msgpack.encode(rows[first : first + PAGE_ROWS]))
    journal.save(job)
    journal.close()
    return job.id
