"""What the engine says late is not taken for more than it is."""

from __future__ import annotations

import asyncio
import os
from contextlib import closing

import msgspec
import pytest
from harness.disks import small_disk

from difd.protocol.envelope import Reply, Request
from difd.protocol.options import AskedSearch
from difd.protocol.requests import Jobs, Resume, Submit
from difd.protocol.results import Summary
from difd.service.desks.job_desk import JobDesk
from difd.service.hosts.engine_messages import SearchFinished, SearchRows, SearchStarted
from difd.service.server.publisher import Publisher
from difd.store.job_journal import JobJournal

PAGE = msgspec.msgpack.encode([b"\0" * (4 << 20)])


def ask(desk: JobDesk, request: Request) -> Reply:
    """What the desk answers."""
    (answer,) = (verb.answer for verb in desk.verbs() if verb.request is type(request))
    return answer(b"", request)


@pytest.mark.usefixtures("instance")
def test_a_result_that_was_cut_by_a_full_disk_is_never_called_done(tmp_path):
    async def searched(journal: JobJournal) -> list[str]:
        publisher = Publisher(lambda _connection, _message: True)
        desk = JobDesk(journal, publisher, asyncio.Event(), lambda work: work.close())
        options = AskedSearch(paths=(os.fsencode(tmp_path),))
        job = ask(desk, Submit(id="1", options=options)).job.id
        desk._on_report(SearchStarted(job))
        desk._on_report(SearchRows(job, 0, PAGE))
        ask(desk, Resume(id="2", job=job))
        desk._on_report(SearchFinished(job, Summary(1, 0, 0, 0, 0, 1)))
        (ended,) = ask(desk, Jobs(id="3", job=job)).jobs
        await desk.close()
        return [ended.state, ended.error.message]

    with (
        small_disk(tmp_path / "disk", "1m") as disk,
        closing(JobJournal(disk / "jobs.sqlite")) as journal,
    ):
        state, message = asyncio.run(searched(journal))
    assert state == "failed"
    assert "could not be written" in message
