"""What is longer than a page of the protocol comes whole and in order, whatever a page holds."""

from __future__ import annotations

import shutil
from functools import partial

import pytest
from harness.folders import contents
from harness.photos import small_photo

from difclient.client import Client
from difd.protocol.actions import ActionOptions
from difd.protocol.options import SearchOptions
from difd.protocol.requests import ActionRows, Results

pytestmark = pytest.mark.daemon("shared")

COPIES = 40


@pytest.mark.usefixtures("instance")
@pytest.mark.parametrize("limit", [1, 7, COPIES])
def test_rows_come_page_by_page(tmp_path, monkeypatch, limit):
    folder = tmp_path / "p"
    first = small_photo("coffee.png", folder / "a.png", size=(16, 16))
    for number in range(COPIES):
        shutil.copyfile(first, folder / f"copy {number:02}.png")
    before = contents(folder)
    with Client() as client:
        *_, job = client.follow(client.submit(SearchOptions(paths=(bytes(folder),))).id)
        *_, plan = client.actions.follow(client.actions.plan(job.id, ActionOptions(verb="trash")))
        whole = list(client.results(job.id)), list(client.actions.rows(plan.id))
        monkeypatch.setattr("difclient.client.Results", partial(Results, limit=limit))
        small = partial(ActionRows, limit=limit)
        monkeypatch.setattr("difclient.calls.actions.ActionRows", small)
        rows, items = list(client.results(job.id)), list(client.actions.rows(plan.id))
        late = list(client.results(job.id, 5))
    assert (rows, items) == whole
    assert late == rows[5:]
    assert len(items) == COPIES
    assert len(rows) > COPIES
    assert contents(folder) == before
