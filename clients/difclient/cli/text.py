"""Words and numbers for people: paths that cannot harm a terminal, sizes, counts, durations."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Final

from difd.system import facts

if TYPE_CHECKING:
    from difd.protocol.results import Member

MATCHES: Final = {
    "bytes": "same file content",
    "pixels": "same pixels",
    "tensor": "same at small size",
    "similar": "similar",
    "edited": "edited copy",
    "overlap": "overlaps",
}
"""How sure a match is, in words."""

_THOUSAND = 1000
_MINUTE = 60
_HOUR = 3600


def printable(path: bytes) -> str:
    """A path for a terminal: what is not printable or not UTF-8 stands as a backslash escape.

    A name may hold newlines and control sequences; shown raw it could forge lines of our output.
    """
    text = os.fsdecode(path)
    # Where names are parted by backslashes, none of them holds one.
    return harmless(text if facts.WINDOWS else text.replace("\\", "\\\\"))


def harmless(text: str) -> str:
    """A line for a terminal, in which somebody may have put a name as it is."""
    return "".join(letter if letter.isprintable() else _escaped(letter) for letter in text)


def _escaped(letter: str) -> str:
    if "\udc80" <= letter <= "\udcff":
        return f"\\x{ord(letter) - 0xDC00:02x}"
    return letter.encode("unicode_escape").decode("ascii")


def size(count: int) -> str:
    """A number of bytes, in decimal units."""
    amount = float(count)
    for unit in ("bytes", "kB", "MB", "GB"):
        if amount < _THOUSAND:
            return f"{amount:.0f} {unit}" if unit == "bytes" else f"{amount:.1f} {unit}"
        amount /= _THOUSAND
    return f"{amount:.1f} TB"


def sentence(clause: str) -> str:
    """A clause that stands by itself, with a capital and a full stop."""
    return clause[:1].upper() + clause[1:].rstrip(".") + "."


def dimensions(width: int, height: int) -> str:
    """Width and height in pixels, followed by a space; empty for what could not be decoded."""
    return f"{width}×{height} " if width else ""


def plural(count: int, one: str, many: str | None = None) -> str:
    """`count` with its noun: 1 file, 2 files."""
    return f"{count:,} {one if count == 1 else many or one + 's'}"


def duration(seconds: float) -> str:
    """A length of time: 4 s, 3 min 20 s, 2 h 5 min."""
    whole = round(seconds)
    if whole < _MINUTE:
        return f"{whole} s"
    if whole < _HOUR:
        return f"{whole // _MINUTE} min {whole % _MINUTE} s"
    return f"{whole // _HOUR} h {whole % _HOUR // _MINUTE} min"


def relation(member: Member) -> str:
    """How a file matches the one that stays in its place; empty for one that stays."""
    if member.match is None:
        return ""
    if member.lie is not None:
        return ", ".join((MATCHES[member.match], *member.lie.changes))
    words = MATCHES[member.match]
    if member.match == "similar":
        words += f", MSE {member.mse:.2f}"
    if member.mirrored:
        words += ", mirrored"
    if member.rotation:
        words += f", turned {member.rotation}°"
    return words
