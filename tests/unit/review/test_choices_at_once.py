"""Two choices at once: each is made of what the other one left."""

from __future__ import annotations

import asyncio
from types import SimpleNamespace
from typing import Any
from urllib.parse import urlencode

import pytest
from harness.found_groups import JOB, group

from difclient.review.pages import decide
from difclient.review.result import Result
from difclient.review.shelf import Opened


class SlowDaemon:
    """Keeps every decision, after a while."""

    async def ask(self, question: Any) -> Any:
        await asyncio.sleep(0.02)
        nothing = SimpleNamespace(deciding=SimpleNamespace(decide=lambda *_: None))
        return question(nothing)


@pytest.fixture
def opened(monkeypatch):
    """A result that is looked at: of three files the first one stays."""
    made = Opened(Result(JOB, [group(1, {}, {}, {})]))

    async def opened_for(_request):
        await asyncio.sleep(0)
        return made

    monkeypatch.setattr(decide, "opened_for", opened_for)
    monkeypatch.setattr(decide, "group_answer", lambda *_: None)
    return made


def test_choices_that_come_at_once_are_all_made_in_their_order(opened):
    desk = SimpleNamespace(daemon=SlowDaemon(), choices=asyncio.Lock())
    first, second, third = (file.row for file in opened.result.groups[0].files)

    def chosen(row: int, goes: int) -> Any:
        async def body() -> bytes:
            return urlencode({"row": row, "go": goes}).encode()

        app = SimpleNamespace(state=SimpleNamespace(desk=desk))
        return decide.choose(SimpleNamespace(app=app, body=body))

    async def at_once() -> None:
        # The first file may go only once the second one stays.
        await asyncio.gather(chosen(second, 0), chosen(first, 1))

    asyncio.run(at_once())
    assert {file.row for file in opened.result.groups[0].going} == {first, third}
    assert len(opened.before) == 2
