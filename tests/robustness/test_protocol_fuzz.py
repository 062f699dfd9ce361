"""Messages that are almost right: the daemon lives, grows little, answers the next one."""

from __future__ import annotations

import os
import random
import socket
from pathlib import Path

import msgspec
import pytest
import zmq
from harness.intruder import connected
from harness.memory import MIB, resident

from difclient.client import Client
from difd.protocol import codec
from difd.protocol.actions import ActionOptions
from difd.protocol.options import SearchOptions
from difd.protocol.requests import (
    ActionRows,
    Actions,
    Cancel,
    Describe,
    Execute,
    Hello,
    InspectCache,
    Jobs,
    Ping,
    Plan,
    Results,
    Resume,
    Status,
    StopAction,
    Submit,
    Subscribe,
    Thumbnail,
    Undo,
)

SEED = 6


@pytest.mark.parametrize(
    "messages",
    [4_000, pytest.param(100_000, marks=[pytest.mark.long, pytest.mark.timeout(3600)])],
)
def test_the_daemon_survives_mutated_messages(instance, tmp_path, messages):
    instance.difctl("daemon", "start")
    (pid,) = instance.daemons()
    before = resident(pid)
    chance = random.Random(SEED)
    seeds = _requests(tmp_path)
    answers = 0
    with zmq.Context() as context, context.socket(zmq.DEALER) as dealer:
        dealer.setsockopt(zmq.LINGER, 0)
        dealer.connect(b"ipc://" + os.fsencode(instance.endpoint.socket))
        for number in range(messages):
            dealer.send_multipart(_mutated(chance, seeds))
            while dealer.poll(0 if number % 100 else 5):
                codec.decode_from_daemon(dealer.recv_multipart())
                answers += 1
    with Client(start=False) as client:
        assert client.status().pid == pid
        assert client.job(client.submit(SearchOptions(paths=(os.fsencode(tmp_path),))).id)
    after = resident(pid)
    print(
        f"{messages} messages, {answers} answers; "
        f"memory {before / MIB:.0f} MiB before, {after / MIB:.0f} MiB after"
    )
    assert answers > messages / 2
    assert after < before + 150 * MIB


@pytest.mark.parametrize(
    "connections",
    [100, pytest.param(5_000, marks=[pytest.mark.long, pytest.mark.timeout(3600)])],
)
def test_the_daemon_survives_nonsense_below_the_protocol(instance, connections):
    instance.difctl("daemon", "start")
    (pid,) = instance.daemons()
    before = resident(pid)
    chance = random.Random(SEED)
    good = _handshake_and_ping()
    for _ in range(connections):
        wire = bytearray(good)
        for _ in range(chance.randint(1, 6)):
            wire[chance.randrange(len(wire))] = chance.randrange(256)
        with connected(instance.endpoint) as raw:
            try:
                raw.sendall(wire[: chance.randint(1, len(wire))] + chance.randbytes(20))
                raw.shutdown(socket.SHUT_WR)
            except ConnectionError:
                continue
    with Client(start=False) as client:
        assert client.status().pid == pid
    after = resident(pid)
    print(
        f"{connections} connections; "
        f"memory {before / MIB:.0f} MiB before, {after / MIB:.0f} MiB after"
    )
    assert after < before + 50 * MIB


def _requests(folder: Path) -> list[bytes]:
    """One of every request but those that stop the daemon or clear its cache."""
    options = SearchOptions(paths=(os.fsencode(folder),), exclude=("*.tmp",), keep=("oldest",))
    made = (
        Hello(id="h", protocol_major=1, protocol_minor=0, application="fuzz"),
        Ping(id="p"),
        Submit(id="s", options=options),
        Cancel(id="c", job="last"),
        Resume(id="r", job="last"),
        Status(id="t"),
        Jobs(id="j"),
        Subscribe(id="f", job="last"),
        Results(id="e", job="last"),
        Thumbnail(id="u", job="last", row=0),
        Describe(id="v", job="last", row=0),
        Plan(id="a", job="last", options=ActionOptions(verb="trash")),
        Execute(id="x", action="last"),
        Undo(id="n", action="last"),
        StopAction(id="o", action="last"),
        Actions(id="i"),
        ActionRows(id="w", action="last"),
        InspectCache(id="k"),
    )
    return [msgspec.msgpack.encode(request) for request in made]


def _mutated(chance: random.Random, seeds: list[bytes]) -> list[bytes]:
    payload = _mutated_payload(chance, seeds)
    match chance.randrange(40):
        case 0:
            return [payload]
        case 1:
            return [codec.MAGIC, payload] * chance.randint(2, 50)
        case 2:
            return [chance.randbytes(chance.randint(0, 8)), payload]
        case 3:
            return [codec.MAGIC, b"\x91" * chance.randint(1, 100_000)]
        case _:
            return [codec.MAGIC, payload]


def _mutated_payload(chance: random.Random, seeds: list[bytes]) -> bytes:
    payload = bytearray(chance.choice(seeds))
    for _ in range(chance.randint(1, 4)):
        match chance.randrange(6):
            case 0 | 1:
                payload[chance.randrange(len(payload))] = chance.randrange(256)
            case 2:
                del payload[chance.randrange(len(payload)) + 1 :]
            case 3:
                payload[chance.randrange(len(payload)) :] += chance.randbytes(chance.randint(1, 99))
            case 4:
                payload += chance.choice(seeds)
            case 5:
                # Unlike any answered before: a request with a known id is not carried out again.
                payload = bytearray(msgspec.msgpack.encode(_renamed(chance, chance.choice(seeds))))
    return bytes(payload)


def _renamed(chance: random.Random, payload: bytes) -> dict[str, object]:
    return {**msgspec.msgpack.decode(payload), "id": chance.randbytes(8).hex()}


def _handshake_and_ping() -> bytes:
    greeting = b"\xff" + bytes(8) + b"\x7f\x03\x00" + b"NULL".ljust(20, b"\0") + bytes(32)
    ready = b"\x05READY\x0bSocket-Type\x00\x00\x00\x06DEALER"
    magic, payload = codec.encode(Ping(id="wire"))
    return b"".join(
        (
            greeting,
            b"\x04" + bytes([len(ready)]) + ready,
            b"\x01" + bytes([len(magic)]) + magic,
            b"\x00" + bytes([len(payload)]) + payload,
        )
    )
