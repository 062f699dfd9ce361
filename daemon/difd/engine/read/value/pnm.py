"""Walks portable any maps: comments, and what follows the pixels."""

from __future__ import annotations

import re
from contextlib import suppress
from typing import Final

from difd.engine.read.value.data import Data
from difd.engine.read.value.holdings import Holdings, size_words
from difd.engine.read.value.jpeg import take_comment
from difd.engine.read.value.kinds import Kind
from difd.engine.read.value.tail import add_tail

_COMMENT: Final = re.compile(rb"#([^\n\r]*)")
_HEADER: Final = re.compile(rb"P[4-6]\s+(\d+)\s+(\d+)(?:\s+(\d+))?\s", re.DOTALL)
_FLOAT_HEADER: Final = re.compile(rb"Pf\s+(\d+)\s+(\d+)\s+(\S+)\s", re.DOTALL)
_CHANNELS: Final = {b"5": 1, b"6": 3}

_PLAIN_MAX: Final = 64 << 20
"""Larger pictures in digits are not taken apart."""


def walk_pnm(data: Data, holdings: Holdings) -> None:
    """Walk a portable any map."""
    head = data.read(0, 1 << 16)
    if head[1:2] in b"123" and data.size <= _PLAIN_MAX:
        _walk_plain(data.read(0, data.size), holdings)
        return
    pattern = _FLOAT_HEADER if head[1:2] == b"f" else _HEADER
    plain = head
    while True:
        # Comments stand anywhere between the numbers of the header, and nowhere in the pixels.
        comment = _COMMENT.search(plain)
        header = pattern.match(plain)
        if comment is None or (header is not None and comment.start() > header.end()):
            break
        take_comment(comment[1].strip(), holdings)
        plain = plain[: comment.start()] + plain[comment.end() :]
    if header is None:
        holdings.add(Kind.TECHNICAL, "file", data.pieces(0, data.size))
        return
    width, height = int(header[1]), int(header[2])
    if head[1:2] == b"4":
        header = re.match(rb"P4\s+\d+\s+\d+\s", plain)
        pixels = -(-width // 8) * height
    elif head[1:2] == b"f":
        pixels = 4 * width * height
        with suppress(ValueError):
            if abs(float(header[3])) != 1:
                holdings.show("scale", header[3].decode("ascii", "replace").lstrip("-"))
    else:
        wide = 2 if int(header[3] or 255) > 255 else 1  # noqa: PLR2004  two bytes a value
        pixels = width * height * wide * _CHANNELS[head[1:2]]
    begin = (header.end() if header else 0) + len(head) - len(plain)
    add_tail(data, begin + pixels, holdings)


def _walk_plain(content: bytes, holdings: Holdings) -> None:
    """Walk one whose pixels are written as digits, with comments anywhere."""
    for comment in _COMMENT.finditer(content):
        take_comment(comment[1].strip(), holdings)
    magic, width, height, *values = _COMMENT.sub(b"", content).split()
    count = int(width) * int(height) * (3 if magic == b"P3" else 1)
    # The digits of P1 need no spaces between them.
    rest = b"".join(values)[count:] if magic == b"P1" else b" ".join(values[1 + count :])
    if rest:
        holdings.add(Kind.DATA, "behind", rest, size_words(len(rest)))
