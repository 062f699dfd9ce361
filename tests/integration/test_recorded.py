"""Clients and daemons of other versions, from messages that were recorded when they were today's.

Every version of the protocol that was released has a recording, and what counted as an answer then
(`recorded/`, see CONTRIBUTING.md). Only a minor version may differ: the daemon of today serves the
clients of then, and the clients of today understand the daemons of then and of later.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import get_args

import jsonschema
import msgspec
import pytest
from harness.conversation import (
    Exchange,
    Speaker,
    held_again,
    picture_folder,
    read_recording,
    reply_of,
)

from difd.protocol import codec
from difd.protocol.errors import MalformedMessage
from difd.protocol.events import AnyEvent
from difd.protocol.replies import AnyReply
from difd.protocol.requests import AnyRequest
from difd.protocol.version import PROTOCOL_MAJOR, PROTOCOL_MINOR

RECORDED = Path(__file__).parent / "recorded"
VERSIONS = sorted(
    path.name.removesuffix(".schema.json")
    for path in RECORDED.glob(f"{PROTOCOL_MAJOR}.*.schema.json")
)

OTHERS = sorted(
    path.name.removesuffix(".schema.json")
    for path in RECORDED.glob("*.schema.json")
    if not path.name.startswith(f"{PROTOCOL_MAJOR}.")
)


def recording(version: str):
    return read_recording(RECORDED / f"{version}.json")


def told(version: str) -> list[bytes]:
    return [answer for exchange in recording(version).exchanges for answer in exchange.answers]


def kinds(*unions) -> set[str]:
    return {kind.__struct_config__.tag for union in unions for kind in get_args(union)}


def from_the_future(value):
    """The same, with a field more wherever a struct may be."""
    if isinstance(value, dict):
        grown = {name: from_the_future(field) for name, field in value.items()}
        return {"dreams": {"depth": [1]}, **grown, "sleep": None}
    if isinstance(value, list):
        return [from_the_future(item) for item in value]
    return value


@pytest.fixture
def speaker(instance):
    instance.difctl("daemon", "start")
    with Speaker(instance.endpoint, codec.MAGIC) as made:
        yield made


@pytest.mark.parametrize("version", VERSIONS)
def test_a_client_of_then_is_served_by_the_daemon_of_today(speaker, version):
    schema = json.loads((RECORDED / f"{version}.schema.json").read_text())
    jsonschema.Draft202012Validator.check_schema(schema)
    understood = jsonschema.Draft202012Validator(schema)
    before = recording(version)
    with picture_folder() as folder:
        replayed = list(held_again(before, speaker, folder))
    for then, now in zip(before.exchanges, replayed, strict=True):
        replied, replies = reply_of(then), reply_of(now)
        assert (now.kind, replies["type"]) == (then.kind, replied["type"])
        if replied["type"] == "error":
            assert replies["error"]["code"] == replied["error"]["code"]
        # A client of then passes over events of a kind that it does not know; replies it must know.
        known = {msgspec.msgpack.decode(answer)["type"] for answer in told(version)}
        for answer in now.answers:
            decoded = msgspec.msgpack.decode(answer)
            if decoded["type"] in known:
                understood.validate(msgspec.to_builtins(decoded))


@pytest.mark.parametrize("version", VERSIONS)
def test_what_a_daemon_of_then_said_is_understood_today(version):
    for answer in told(version):
        assert codec.decode_from_daemon([codec.MAGIC, answer]) is not None


@pytest.mark.parametrize("version", VERSIONS)
def test_fields_that_the_future_adds_are_passed_over(version):
    for answer in told(version):
        grown = msgspec.msgpack.encode(from_the_future(msgspec.msgpack.decode(answer)))
        assert grown != answer
        today = codec.decode_from_daemon([codec.MAGIC, answer])
        assert codec.decode_from_daemon([codec.MAGIC, grown]) == today


@pytest.mark.parametrize("version", VERSIONS)
def test_a_field_that_the_future_adds_to_a_request_is_refused_wherever_it_is(version):
    for exchange in recording(version).exchanges:
        fields = msgspec.msgpack.decode(exchange.request)
        nested = [name for name, value in fields.items() if isinstance(value, dict)]
        for changed in ({**fields, "dreams": 1}, *(_nested(fields, name) for name in nested)):
            payload = msgspec.msgpack.encode(changed)
            with pytest.raises(MalformedMessage, match="unknown field"):
                codec.decode_request([codec.MAGIC, payload])


def _nested(fields: dict, name: str) -> dict:
    return {**fields, name: {**fields[name], "dreams": 1}}


def test_the_newest_recording_is_whole():
    """Fails when a verb was added and PROTOCOL_MINOR was not raised."""
    newest = max(VERSIONS, key=lambda version: int(version.partition(".")[2]))
    if newest == f"{PROTOCOL_MAJOR}.{PROTOCOL_MINOR}":
        asked = {exchange.kind for exchange in recording(newest).exchanges}
        assert asked == kinds(AnyRequest)
        said = {msgspec.msgpack.decode(answer)["type"] for answer in told(newest)}
        # Finds in watched folders follow on a file, not on a request.
        assert said == kinds(AnyReply, AnyEvent) - {"new_duplicates"}


@pytest.mark.daemon("shared")
@pytest.mark.parametrize("minor", [0, PROTOCOL_MINOR + 7])
def test_another_minor_version_is_welcome(speaker, minor):
    hello = msgspec.msgpack.decode(recording(VERSIONS[0]).exchanges[0].request)
    (answer,) = speaker.ask(msgspec.msgpack.encode({**hello, "protocol_minor": minor}))
    welcome = msgspec.msgpack.decode(answer)
    assert welcome["type"] == "welcome"
    assert welcome["protocol_minor"] == PROTOCOL_MINOR


def error_of(speaker: Speaker, **request) -> dict:
    exchange = Exchange(msgspec.msgpack.encode({"id": "1", **request}))
    exchange.answers += speaker.ask(exchange.request)
    reply = reply_of(exchange)
    assert reply["type"] == "error"
    return reply["error"]


@pytest.mark.daemon("shared")
def test_a_request_that_only_newer_daemons_know_is_a_typed_error(speaker):
    error = error_of(speaker, type="dream", depth=3)
    assert error["code"] == "unknown_request"
    assert "difctl daemon restart" in error["hint"]


@pytest.mark.daemon("shared")
def test_an_option_that_only_newer_daemons_know_is_a_typed_error(speaker):
    options = {"paths": [b"/a"], "depth": 3}
    error = error_of(speaker, type="submit", options=options)
    assert error["code"] == "malformed_message"
    assert "`depth`" in error["message"]
    assert "difctl daemon restart" in error["hint"]


@pytest.mark.daemon("shared")
@pytest.mark.parametrize("version", OTHERS)
def test_a_client_of_an_older_major_version_gets_an_error_that_it_understands(instance, version):
    instance.difctl("daemon", "start")
    schema = json.loads((RECORDED / f"{version}.schema.json").read_text())
    before = recording(version)
    with Speaker(instance.endpoint, before.magic) as stranger:
        (answer,) = stranger.ask(before.exchanges[0].request)
    decoded = msgspec.to_builtins(msgspec.msgpack.decode(answer))
    jsonschema.Draft202012Validator(schema).validate(decoded)
    assert decoded["error"]["code"] == "protocol_mismatch"


@pytest.mark.daemon("shared")
@pytest.mark.parametrize("major", [0, 1, 10])
def test_a_client_of_another_major_version_is_told_so_whatever_it_says(instance, major):
    instance.difctl("daemon", "start")
    with Speaker(instance.endpoint, b"DIF%d" % major) as stranger:
        error = error_of(stranger, type="hello", nothing="that we know")
    assert error["code"] == "protocol_mismatch"
    assert f"version {major} of difd's protocol" in error["message"]
    assert "difctl daemon restart" in error["hint"]
