"""Requests refuse what they do not know; replies, events and what is stored pass it over.

The rule is looked up in the types themselves, so that no struct of the future is left out.
"""

from __future__ import annotations

import sqlite3
from contextlib import closing

import msgspec
import pytest
from msgspec import inspect

from difd.protocol.actions import ActionInfo, ActionOptions, AskedAction, HeldBack
from difd.protocol.events import AnyEvent
from difd.protocol.ignoring import IgnoredGroup
from difd.protocol.jobs import JobInfo
from difd.protocol.options import AskedSearch, SearchOptions
from difd.protocol.replies import AnyReply
from difd.protocol.requests import AnyRequest
from difd.protocol.results import Row
from difd.protocol.settings import Settings
from difd.store.action_items import Item
from difd.store.action_journal import ActionJournal
from difd.store.job_journal import JobJournal

TOLD = (AnyReply, AnyEvent, Settings)
STORED = (JobInfo, Row, ActionInfo, Item, HeldBack, IgnoredGroup)
SEARCH = SearchOptions(paths=(b"/a",))
ACTION = ActionOptions(verb="trash")


def structs_in(kind) -> dict[type, bool]:
    """Every struct in a type, however deep, and whether it refuses unknown fields."""
    found: dict[type, bool] = {}
    waiting = [inspect.type_info(kind)]
    while waiting:
        info = waiting.pop()
        if isinstance(info, inspect.StructType):
            if info.cls in found:
                continue
            found[info.cls] = info.forbid_unknown_fields
            waiting += [field.type for field in info.fields]
        elif isinstance(info, inspect.UnionType):
            waiting += info.types
        elif isinstance(info, inspect.TupleType):
            waiting += info.item_types
        elif isinstance(info, (inspect.ListType, inspect.VarTupleType)):
            waiting.append(info.item_type)
        elif isinstance(info, inspect.DictType):
            waiting += [info.key_type, info.value_type]
    return found


def test_requests_are_strict_all_through():
    found = structs_in(AnyRequest)
    assert {AskedSearch, AskedAction} <= found.keys()
    assert [kind for kind, strict in found.items() if not strict] == []


@pytest.mark.parametrize("kind", TOLD + STORED)
def test_what_is_told_or_stored_is_tolerant_all_through(kind):
    assert [kind for kind, strict in structs_in(kind).items() if strict] == []


@pytest.mark.parametrize(("asked", "plain"), [(AskedSearch, SEARCH), (AskedAction, ACTION)])
def test_what_was_asked_becomes_the_same_in_its_tolerant_form(asked, plain):
    request = asked.of(plain)
    assert request.plain() == plain
    assert type(request.plain()) is type(plain)
    payload = {**msgspec.to_builtins(plain), "depth": 3}
    assert msgspec.convert(payload, type(plain)) == plain
    with pytest.raises(msgspec.ValidationError, match="unknown field"):
        msgspec.convert(payload, asked)


def with_news(blob: bytes) -> bytes:
    """What a newer version might have written: one more field, and one more option."""
    fields = msgspec.msgpack.decode(blob)
    fields["depth"] = 3
    fields["options"]["depth"] = 3
    return msgspec.msgpack.encode(fields)


def rewrite(path, statement: str) -> None:
    with closing(sqlite3.connect(path)) as database, database:
        database.create_function("with_news", 1, with_news)
        database.execute(statement)


def test_a_journal_that_a_newer_version_wrote_to_is_read(tmp_path):
    job = JobInfo(id="j", state="done", options=SEARCH, created=1.0)
    journal = JobJournal(tmp_path / "jobs")
    journal.add(job, "request")
    rewrite(tmp_path / "jobs", "UPDATE jobs SET info = with_news(info)")
    assert journal.newest(5) == [job]
    journal.close()


def test_an_action_journal_that_a_newer_version_wrote_to_is_read(tmp_path):
    action = ActionInfo(id="a", job="", state="done", options=ACTION, created=1.0, expires=2.0)
    journal = ActionJournal(tmp_path / "actions")
    journal.add(action, (), ())
    rewrite(tmp_path / "actions", "UPDATE actions SET info = with_news(info)")
    assert journal.newest(5) == [action]
    journal.close()
