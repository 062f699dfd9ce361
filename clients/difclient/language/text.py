"""Words and numbers for people: paths that cannot harm a terminal, counts, how files match."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Final

from difclient.language.catalogue import _, marked, number
from difclient.language.phrases import spoken
from difd.system import facts

if TYPE_CHECKING:
    from difd.protocol.results import Member

MATCHES: Final = {
    "bytes": marked("same file content"),
    "pixels": marked("same pixels"),
    "tensor": marked("same at small size"),
    "similar": marked("similar"),
    "edited": marked("edited copy"),
    "overlap": marked("overlaps"),
}
"""How sure a match is, in words."""


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


def sentence(clause: str) -> str:
    """A clause that stands by itself, with a capital and a full stop."""
    return clause[:1].upper() + clause[1:].rstrip(".") + "."


def dimensions(width: int, height: int) -> str:
    """Width and height in pixels, followed by a space; empty for what could not be decoded."""
    return f"{width}×{height} " if width else ""


def plural(count: int, one: str, many: str | None = None) -> str:
    """`count` with its noun: 1 file, 2 files."""
    return f"{count:,} {one if count == 1 else many or one + 's'}"


def relation(member: Member) -> str:
    """How a file matches the one that stays in its place; empty for one that stays."""
    if member.match is None:
        return ""
    if member.lie is not None:
        return ", ".join((_(MATCHES[member.match]), *map(spoken, member.lie.changes)))
    words = _(MATCHES[member.match])
    if member.match == "similar":
        words += ", " + _("MSE %(number)s", number=number(member.mse or 0.0, 2))
    if member.mirrored:
        words += ", " + _("mirrored")
    if member.rotation:
        words += ", " + _("turned %(degrees)s°", degrees=member.rotation)
    return words
