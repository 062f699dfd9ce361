"""Conversations of clients with the daemon, message by message: recorded, kept, and held again.

A recording is a JSON file: for every request the message itself (base64 of msgpack, without the
first frame, which says the version once) and what the daemon answered; `says` is for people only.
"""

from __future__ import annotations

import base64
import json
import os
import re
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self

import msgspec
import numpy as np
import zmq
from PIL import Image

from difd.protocol.endpoint import Endpoint

RESTING = {"done", "planned", "failed", "cancelled", "interrupted"}
"""States of jobs and actions in which no further event follows."""

FOLLOWING = {"subscribe", "plan", "execute", "undo"}
"""Requests that events follow on, until what they are about rests."""

_FOLDER = "difd-recorded-"
_MADE_ID = re.compile("[0-9a-f]{16,64}")


@dataclass
class Exchange:
    """A request and what the daemon said upon it, as msgpack.

    Attributes:
        answers: events and, somewhere among them, the reply.
    """

    request: bytes
    answers: list[bytes] = field(default_factory=list)

    @property
    def kind(self) -> str:
        """Which request it is."""
        return str(msgspec.msgpack.decode(self.request)["type"])


@dataclass(frozen=True)
class Recording:
    """A conversation that was recorded.

    Attributes:
        magic: first frame of its messages.
        folder: the pictures that it was about.
    """

    magic: bytes
    folder: bytes
    exchanges: list[Exchange]


def read_recording(path: Path) -> Recording:
    """The recording in a file."""
    document = json.loads(path.read_text(encoding="ascii"))
    return Recording(
        magic=document["magic"].encode(),
        folder=os.fsencode(document["folder"]),
        exchanges=[
            Exchange(
                base64.b64decode(one["request"]["message"]),
                [base64.b64decode(answer["message"]) for answer in one["answers"]],
            )
            for one in document["exchanges"]
        ],
    )


def write_recording(path: Path, recording: Recording) -> None:
    """Keep a recording; there must be none at this place."""
    document = {
        "magic": recording.magic.decode(),
        "folder": os.fsdecode(recording.folder),
        "exchanges": [
            {
                "request": _for_people(one.request),
                "answers": [_for_people(answer) for answer in one.answers],
            }
            for one in recording.exchanges
        ],
    }
    with path.open("x", encoding="ascii") as file:
        json.dump(document, file, indent=1)
        file.write("\n")


@contextmanager
def picture_folder() -> Iterator[Path]:
    """Pictures for a conversation, the same bytes each time, in a folder with a name as long."""
    with tempfile.TemporaryDirectory(prefix=_FOLDER, dir="/tmp") as place:
        folder = Path(place)
        for name, seed in {"a.bmp": 1, "copy of a.bmp": 1, "b.bmp": 2}.items():
            pixels = np.random.default_rng(seed).integers(0, 256, (40, 60, 3), np.uint8)
            Image.fromarray(pixels).save(folder / name)
        (folder / "broken.bmp").write_bytes(b"BM, and no picture")
        yield folder


class Speaker:
    """Speaks to a daemon without knowing what the messages mean.

    Args:
        endpoint: where the daemon is.
        magic: first frame of the messages.
    """

    def __init__(self, endpoint: Endpoint, magic: bytes) -> None:
        self._magic = magic
        self._context = zmq.Context()
        self._socket = self._context.socket(zmq.DEALER)
        self._socket.setsockopt(zmq.LINGER, 0)
        self._socket.connect(os.fsdecode(endpoint.address))

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self._socket.close()
        self._context.term()

    def ask(self, request: bytes, seconds: float = 60) -> list[bytes]:
        """Everything the daemon says upon a request, until it is answered and nothing follows."""
        asked = msgspec.msgpack.decode(request)
        follows = asked["type"] in FOLLOWING
        self._socket.send_multipart([self._magic, request])
        answers: list[bytes] = []
        deadline = time.monotonic() + seconds
        replied = rests = False
        while not (replied and (rests or not follows)):
            left = deadline - time.monotonic()
            assert left > 0, f"no end of what follows {asked}: {answers}"
            assert self._socket.poll(left * 1000), f"no answer to {asked}"
            _, payload = self._socket.recv_multipart()
            answers.append(payload)
            said = msgspec.msgpack.decode(payload)
            replied |= said.get("id") == asked["id"]
            about = said.get("job") or said.get("action")
            rests = said["type"] == "error" or (
                isinstance(about, dict) and about["state"] in RESTING
            )
        return answers


def reply_of(exchange: Exchange) -> dict[str, Any]:
    """The reply among the answers, decoded without its types."""
    asked = msgspec.msgpack.decode(exchange.request)["id"]
    decoded = [msgspec.msgpack.decode(answer) for answer in exchange.answers]
    return next(one for one in decoded if one.get("id") == asked)


def held_again(recording: Recording, speaker: Speaker, folder: Path) -> Iterator[Exchange]:
    """Hold a conversation again: the same requests, about other pictures in the same places.

    What the daemon made up then and makes up differently now, ids and times, is exchanged in the
    requests that follow, as the client of then would have done.
    """
    exchanged = {recording.folder: os.fsencode(folder)}
    for before in recording.exchanges:
        request = before.request
        for then, now in exchanged.items():
            assert len(then) == len(now)
            request = request.replace(then, now)
        exchange = Exchange(request, speaker.ask(request))
        _learn(reply_of(before), reply_of(exchange), exchanged)
        yield exchange


def _learn(then: Any, now: Any, exchanged: dict[bytes, bytes]) -> None:
    if isinstance(then, dict) and isinstance(now, dict):
        for name in then.keys() & now.keys():
            _learn(then[name], now[name], exchanged)
    elif isinstance(then, list) and isinstance(now, list):
        for one, other in zip(then, now, strict=False):
            _learn(one, other, exchanged)
    elif _is_id(then) and _is_id(now):
        exchanged[then.encode()] = now.encode()
    elif _is_time(then) and _is_time(now):
        exchanged[msgspec.msgpack.encode(then)] = msgspec.msgpack.encode(now)


def _is_id(value: Any) -> bool:
    return isinstance(value, str) and _MADE_ID.fullmatch(value) is not None


def _is_time(value: Any) -> bool:
    """Whether it is seconds since 1970, of about now."""
    return isinstance(value, float) and value > 1e9


def _for_people(payload: bytes) -> dict[str, Any]:
    return {
        "says": json.loads(json.dumps(msgspec.msgpack.decode(payload), default=os.fsdecode)),
        "message": base64.b64encode(payload).decode(),
    }
