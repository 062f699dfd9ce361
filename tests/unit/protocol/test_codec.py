"""Messages survive the way there and back; whatever is not one is refused with one error."""

from __future__ import annotations

import random

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from difd.protocol import codec
from difd.protocol.errors import MalformedMessage, ProtocolMismatch, UnknownRequest
from difd.protocol.jobs import JobInfo
from difd.protocol.options import AskedSearch, SearchOptions
from difd.protocol.replies import JobReply, ResultsReply, StoredResultsReply
from difd.protocol.requests import Hello, Ping, Results, Submit
from difd.protocol.results import LowerQuality, Pair

HELLO = Hello(id="1", protocol_major=1, protocol_minor=0, application="test")


@given(
    paths=st.lists(st.binary(min_size=1, max_size=50), min_size=1, max_size=5),
    similarity=st.floats(0, 65025),
)
def test_a_request_arrives_as_it_was_sent(paths, similarity):
    request = Submit(id="a", options=AskedSearch(paths=tuple(paths), similarity=similarity))
    assert codec.decode_request(codec.encode(request)) == request


def test_paths_that_are_not_utf8_arrive_byte_for_byte():
    request = Submit(id="a", options=AskedSearch(paths=(b"/\xff\n\xfe",)))
    decoded = codec.decode_request(codec.encode(request))
    assert decoded.options.paths == (b"/\xff\n\xfe",)


def test_rows_that_the_daemon_passes_on_undecoded_arrive_as_rows():
    rows = [LowerQuality(b"/a"), Pair(None, b"/a", b"/b", 0.25)]
    raw = [msgspec.Raw(msgspec.msgpack.encode(row)) for row in rows]
    reply = codec.decode_from_daemon(
        codec.encode(StoredResultsReply(id="1", rows=raw, next_cursor=7))
    )
    assert reply == ResultsReply(id="1", rows=tuple(rows), next_cursor=7)


def test_a_request_with_an_unknown_field_is_refused():
    payload = msgspec.msgpack.encode({"type": "ping", "id": "1", "extra": True})
    with pytest.raises(MalformedMessage):
        codec.decode_request([codec.MAGIC, payload])


def test_a_reply_with_an_unknown_field_is_understood():
    job = JobInfo(id="j", state="done", options=SearchOptions(paths=(b"/a",)), created=1.0)
    message = msgspec.msgpack.decode(msgspec.msgpack.encode(JobReply(id="1", job=job)))
    message["news"] = 1
    message["job"]["news"] = 1
    decoded = codec.decode_from_daemon([codec.MAGIC, msgspec.msgpack.encode(message)])
    assert decoded == JobReply(id="1", job=job)


@pytest.mark.parametrize(
    "frames",
    [
        [],
        [b""],
        [codec.MAGIC],
        [b"DIF", msgspec.msgpack.encode(HELLO)],
        [b"EIF2", msgspec.msgpack.encode(HELLO)],
        [codec.MAGIC, b""],
        [codec.MAGIC, b"\xc1"],
        [codec.MAGIC, msgspec.msgpack.encode(HELLO), b""],
        [codec.MAGIC, msgspec.msgpack.encode(HELLO)[:-1]],
        [codec.MAGIC, msgspec.msgpack.encode(HELLO) + b"\0"],
        [codec.MAGIC, b"\x91" * 100_000 + b"\x90"],
        [codec.MAGIC, b"\x81\xa1x" * 100_000 + b"\x90"],
        [codec.MAGIC, b"\xdf\xff\xff\xff\xff"],
        [codec.MAGIC, bytes(codec.MAX_REQUEST_BYTES + 1)],
    ],
)
def test_what_is_no_request_is_refused_with_one_error(frames):
    with pytest.raises(MalformedMessage):
        codec.decode_request(frames)
    assert isinstance(codec.request_id(frames), str)


@pytest.mark.parametrize("similarity", [-1.0, 65026.0, float("nan"), float("inf")])
def test_a_threshold_out_of_range_is_refused_on_the_wire(similarity):
    request = Submit(id="a", options=AskedSearch(paths=(b"/a",), similarity=similarity))
    with pytest.raises(MalformedMessage):
        codec.decode_request(codec.encode(request))


@pytest.mark.parametrize("limit", [0, -1, 10_001, 2**63])
def test_a_page_size_out_of_range_is_refused_on_the_wire(limit):
    with pytest.raises(MalformedMessage):
        codec.decode_request(codec.encode(Results(id="1", job="last", limit=limit)))


def test_the_id_of_a_request_that_cannot_be_understood_is_still_found():
    payload = msgspec.msgpack.encode({"type": "no such verb", "id": "mine"})
    assert codec.request_id([codec.MAGIC, payload]) == "mine"


@pytest.mark.parametrize("decode", [codec.decode_request, codec.decode_from_daemon])
def test_another_major_version_is_told_apart_from_nonsense(decode):
    with pytest.raises(ProtocolMismatch) as refused:
        decode([b"DIF23", b"whatever it may be"])
    assert "speaks version 23" in refused.value.message
    assert "difctl daemon restart" in refused.value.hint


def test_a_request_of_an_unknown_kind_says_that_the_client_is_newer():
    payload = msgspec.msgpack.encode({"type": "dream", "id": "1", "depth": 3})
    with pytest.raises(UnknownRequest) as refused:
        codec.decode_request([codec.MAGIC, payload])
    assert "difctl daemon restart" in refused.value.hint


def test_an_event_of_an_unknown_kind_is_passed_over():
    payload = msgspec.msgpack.encode({"type": "dreamt", "seq": 1})
    assert codec.decode_from_daemon([codec.MAGIC, payload]) is None
    with pytest.raises(MalformedMessage):
        codec.decode_from_daemon([codec.MAGIC, msgspec.msgpack.encode({"seq": 1})])


def test_mutated_messages_are_understood_or_refused_and_nothing_else():
    chance = random.Random(1)
    options = AskedSearch(paths=(b"/a", b"/b"), exclude=("*.tmp",))
    seeds = [
        msgspec.msgpack.encode(m) for m in (HELLO, Ping(id="1"), Submit(id="2", options=options))
    ]
    for _ in range(20_000):
        payload = bytearray(chance.choice(seeds))
        for _ in range(chance.randint(1, 4)):
            payload[chance.randrange(len(payload))] = chance.randrange(256)
        try:
            codec.decode_request([codec.MAGIC, bytes(payload)])
        except (MalformedMessage, UnknownRequest):
            continue
