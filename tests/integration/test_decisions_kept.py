"""What was decided about a result lives with it: for every client, and after the daemon ended."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest
from harness.commands import answered, said
from harness.folders import contents
from harness.photos import album, small_photo

from difclient.client import Client
from difd.protocol.deciding import Decision
from difd.protocol.errors import UsageError
from difd.protocol.results import Member


@pytest.fixture
def folder(tmp_path) -> Path:
    made = album(tmp_path / "album")
    first = small_photo("hubble_deep_field.jpg", made / "hill.png")
    shutil.copyfile(first, made / "hill copy.png")
    return made


def rows_of(client: Client) -> dict[str, tuple[int, int]]:
    """Group and row of every file of the last search, by name."""
    return {
        os.fsdecode(os.path.basename(row.path)): (row.group, number)
        for number, row in enumerate(client.results("last"))
        if isinstance(row, Member)
    }


def decide(client: Client, group: int, going: tuple[int, ...] | None) -> None:
    client.deciding.decide(client.job("last"), [Decision(group, going)])


def test_decisions_are_told_to_every_client_and_outlive_the_daemon(instance, folder):
    answered(instance, "search", folder)
    with Client() as one, Client() as other:
        group, row = rows_of(one)["hill.png"]
        decide(one, group, (row,))
        page = other.deciding.since(other.job("last").id)
        assert page.decisions == (Decision(group, (row,)),)
        assert other.deciding.since(other.job("last").id, page.last).decisions == ()
        decide(other, group, ())
        newer = one.deciding.since(one.job("last").id, page.last)
        assert newer.decisions == (Decision(group, ()),)
    said(instance, "daemon", "restart")
    with Client() as again:
        assert again.deciding.all(again.job("last").id) == {group: ()}
        decide(again, group, None)
        assert again.deciding.all(again.job("last").id) == {}


def test_show_says_what_was_decided_done_and_ignored(instance, folder):
    answered(instance, "search", folder)
    with Client() as client:
        group, row = rows_of(client)["hill copy.png"]
        decide(client, group, (row,))
    document = answered(instance, "show", "last")
    files = {
        Path(file["path"]).name: (file["decision"], file["gone"])
        for one in document["groups"]
        for file in one["files"]
    }
    assert files["hill copy.png"] == ("goes", False)
    assert files["hill.png"] == ("stays", False)
    assert files["coffee.png"] == (None, False)
    assert [one["id"] for one in document["groups"] if one["decided"]] == [group]
    text = said(instance, "show", "last")
    assert "goes  " in text
    assert "Decided: 1 of " in text
    assert "--decided" in text
    done = answered(instance, "trash", "last", "--decided", "--yes")
    assert done["done"] == 1
    assert "hill copy.png" not in contents(folder)
    document = answered(instance, "show", "last")
    assert [
        Path(file["path"]).name
        for one in document["groups"]
        for file in one["files"]
        if file["gone"]
    ] == ["hill copy.png"]
    assert "gone  " in said(instance, "show", "last")
    assert "1 file moved to the trash" in said(instance, "jobs")
    (job,) = answered(instance, "jobs")
    assert [one["done"] for one in job["actions"]] == [1]
    said(instance, "undo")
    assert "moved to the trash" not in said(instance, "jobs")
    other = next(one["id"] for one in document["groups"] if one["id"] != group)
    answered(instance, "ignore", "add", "last", str(other))
    document = answered(instance, "show", "last")
    assert [one["id"] for one in document["groups"] if one["ignored"]] == [other]
    assert "no duplicates, as you said" in said(instance, "show", "last")


def test_decided_takes_exactly_what_was_decided(instance, folder):
    answered(instance, "search", folder)
    before = contents(folder)
    assert "Nobody decided yet" in said(instance, "trash", "last", "--decided", "--yes", code=2)
    with Client() as client:
        rows = rows_of(client)
        group, row = rows["hill.png"]  # the search would keep it
        other = rows["coffee.png"][0]
        decide(client, group, (row,))
        decide(client, other, ())
    refused = said(instance, "trash", "last", "--decided", "--only", "bytes", code=2)
    assert "leave out --only" in refused
    assert contents(folder) == before
    assert answered(instance, "trash", "last", "--decided", "--yes")["done"] == 1
    assert before.keys() - contents(folder).keys() == {"hill.png"}


def test_a_decision_that_every_file_goes_leaves_one(instance, folder):
    answered(instance, "search", folder)
    with Client() as client:
        rows = rows_of(client)
        group = rows["hill.png"][0]
        every = tuple(row for one, row in rows.values() if one == group)
        decide(client, group, every)
    said(instance, "trash", "last", "--decided", "--yes", "--json", code=0)
    assert {"hill.png", "hill copy.png"} & contents(folder).keys()


def test_rows_that_are_no_files_of_the_group_are_passed_over(instance, folder):
    answered(instance, "search", folder)
    before = contents(folder)
    with Client() as client:
        rows = rows_of(client)
        group, other = rows["hill.png"][0], rows["coffee.png"]
        assert group != other[0]
        decide(client, group, (0, other[1], 10**6))
        decide(client, 10**6, (1,))
    assert "Nobody decided yet" in said(instance, "trash", "last", "--decided", "--yes", code=2)
    assert contents(folder) == before


def test_decisions_are_about_one_result(instance, folder):
    answered(instance, "search", folder)
    with Client() as client:
        job = client.job("last")
        group, row = rows_of(client)["hill.png"]
        decide(client, group, (row,))
        older = type(job)(job.id, job.state, job.options, job.created, finished=1.0)
        with pytest.raises(UsageError, match="resumed meanwhile"):
            client.deciding.decide(older, [Decision(group, ())])
        with pytest.raises(UsageError, match="no result"):
            client.deciding.decide(
                type(job)(job.id, "running", job.options, job.created), [Decision(group, ())]
            )


def test_a_damaged_list_is_put_aside_and_costs_decisions_only(instance, folder):
    answered(instance, "search", folder)
    with Client() as client:
        decide(client, 1, ())
    said(instance, "daemon", "stop")
    for part in ("", "-wal", "-shm"):
        path = instance.endpoint.decisions.with_name(instance.endpoint.decisions.name + part)
        path.unlink(missing_ok=True)
    instance.endpoint.decisions.write_bytes(b"no database at all" * 100)
    instance.endpoint.decisions.chmod(0o600)
    assert not any(one["decided"] for one in answered(instance, "show", "last")["groups"])
    assert list(instance.endpoint.state.glob("decisions.damaged-*"))
