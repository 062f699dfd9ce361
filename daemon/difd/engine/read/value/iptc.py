"""Walks IPTC's datasets: captions, keywords, names and dates that agencies and archives write."""

from __future__ import annotations

from typing import Final

from difd.engine.read.value.holdings import Holdings, decoded, size_words
from difd.engine.read.value.kinds import Kind
from difd.engine.read.value.thumbnail import is_thumbnail
from difd.engine.read.value.worthless import IPTC_DATASETS, is_padding

_TEXTS: Final = {
    (2, 5): Kind.TITLE,
    (2, 25): Kind.KEYWORD,
    (2, 80): Kind.AUTHOR,
    (2, 105): Kind.TITLE,
    (2, 110): Kind.AUTHOR,
    (2, 115): Kind.AUTHOR,
    (2, 116): Kind.AUTHOR,
    (2, 120): Kind.CAPTION,
    **{(2, number): Kind.PLACE for number in (26, 27, 90, 92, 95, 100, 101)},
}
_DATE, _TIME = (2, 55), (2, 60)
_PREVIEW: Final = (2, 202)
_CHARACTERS: Final = (1, 90)
_LENGTHS: Final = {_PREVIEW: 1 << 32, _CHARACTERS: 16}
_LENGTH_MAX: Final = 64
"""Bytes that datasets may have which say nothing of value."""

_RANK: Final = 5
"""Of its date, among the sources of dates."""

_MARK: Final = 0x1C
_EXTENDED: Final = 0x8000


def walk_iptc(content: bytes, holdings: Holdings) -> bool:
    """Walk datasets; False if these are none."""
    at, date, time = 0, "", ""
    while at + 5 <= len(content) and content[at] == _MARK:
        key = content[at + 1], content[at + 2]
        length = int.from_bytes(content[at + 3 : at + 5], "big")
        at += 5
        if length & _EXTENDED:
            digits = length & ~_EXTENDED
            length = int.from_bytes(content[at : at + digits], "big")
            at += digits
        value = content[at : at + length]
        at += length
        if key == _DATE:
            date = decoded(value)
        elif key == _TIME:
            time = decoded(value)
        elif key in _TEXTS:
            name = str(key[1]) if _TEXTS[key] is Kind.PLACE else ""
            holdings.add_text(_TEXTS[key], decoded(value), name)
        elif key == _PREVIEW and not is_thumbnail(value):
            holdings.add(Kind.PICTURE, "thumbnail", value, size_words(len(value)))
        elif not _is_worthless(key, value):
            holdings.add(Kind.OTHER, f"iptc {key}", value, f"IPTC {key[0]}:{key[1]}")
    if date:
        holdings.date(_RANK, f"{date} {time}".strip())
    else:
        holdings.add_text(Kind.DATE, time, "time")
    return is_padding(content[at:])


def _is_worthless(key: tuple[int, int], value: bytes) -> bool:
    return not value or (key in IPTC_DATASETS and len(value) <= _LENGTHS.get(key, _LENGTH_MAX))
