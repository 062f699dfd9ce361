"""Fuzzing guided by coverage (atheris): the message codec, and the way from a file to a record.

    python tests/robustness/guided_fuzz.py codec|decoder SECONDS      (pip install -e '.[fuzz]')

It ends with status 0 unless the process crashed, hung, took too much memory, or an error came out
that none should; libFuzzer then leaves the input beside it.
"""

from __future__ import annotations

import io
import os
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

import atheris
import msgspec

with atheris.instrument_imports(include=["difd", "PIL"]):
    from PIL import Image

    from difd.engine.read import decode
    from difd.engine.read.decode import ReadRequest, read
    from difd.engine.record import Found, Record, Unreadable
    from difd.protocol import codec
    from difd.protocol.errors import MalformedMessage, UnknownRequest
    from difd.protocol.options import SearchOptions
    from difd.protocol.requests import Hello, Ping, Submit

PIXELS = 4_000_000
"""Largest picture here: one of the daemon's own 500 megapixels takes half a minute."""

FORMATS = ("JPEG", "PNG", "GIF", "BMP", "WEBP", "TIFF", "AVIF", "JPEG2000", "ICO", "TGA", "PPM")


def look_at_message(data: bytes) -> None:
    """Any bytes are a message, malformed or of a kind that is not known here."""
    for understood in (codec.decode_request, codec.decode_from_daemon):
        try:
            codec.encode(understood([codec.MAGIC, data]))
        except (MalformedMessage, UnknownRequest):
            continue
    codec.request_id([codec.MAGIC, data])


def look_at_file(path: Path) -> Callable[[bytes], None]:
    """Any file is a picture or reported; an exception, too, is reported by the worker."""

    def look(data: bytes) -> None:
        path.write_bytes(data)
        status = path.stat()
        found = Found(
            path=os.fsencode(path),
            device=status.st_dev,
            inode=status.st_ino,
            size=status.st_size,
            mtime_ns=status.st_mtime_ns,
            ctime_ns=status.st_ctime_ns,
        )
        try:
            result = read(ReadRequest(found, 50))
        except Exception as error:  # noqa: BLE001  the worker's own boundary
            kinds.add(type(error).__name__)
        else:
            assert isinstance(result, Record | Unreadable)

    kinds: set[str] = set()
    return look


def seeds(what: str) -> list[bytes]:
    """Inputs to begin with."""
    if what == "codec":
        options = SearchOptions(paths=(b"/a", b"/b"))
        hello = Hello(id="h", protocol_major=1, protocol_minor=0, application="fuzz")
        requests = (hello, Ping(id="p"), Submit(id="s", options=options))
        return [msgspec.msgpack.encode(request) for request in requests]
    made = []
    for name in FORMATS:
        stream = io.BytesIO()
        Image.linear_gradient("L").convert("RGB").resize((24, 16)).save(stream, name)
        made.append(stream.getvalue())
    return made


def main() -> None:
    """Fuzz one of the two for so many seconds."""
    what, seconds = sys.argv[1:]
    place = Path(tempfile.mkdtemp(prefix="difd-fuzz-"))
    (place / "corpus").mkdir()
    for number, seed in enumerate(seeds(what)):
        (place / "corpus" / str(number)).write_bytes(seed)
    decode.PIXEL_LIMIT = PIXELS
    target = look_at_message if what == "codec" else look_at_file(place / "picture")
    os.chdir(place)
    arguments = [sys.argv[0], f"-max_total_time={seconds}", "-timeout=60", "-rss_limit_mb=6144"]
    atheris.Setup([*arguments, "-print_final_stats=1", str(place / "corpus")], target)
    atheris.Fuzz()


if __name__ == "__main__":
    main()
