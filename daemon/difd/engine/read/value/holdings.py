"""What a walk finds: things of value, what changes how the picture is shown, damage, and a date."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable
from typing import Final, NamedTuple

from blake3 import blake3

from difd.digests import new_digest
from difd.engine.read.value.data import Data
from difd.engine.read.value.kinds import SORTS, Kind
from difd.protocol.patterns import pattern

ITEMS_MAX: Final = 4000
"""Things that are told apart; what more a file holds is one thing together."""

DEPTH_MAX: Final = 6
"""Containers inside containers (XMP in Photoshop's resources in EXIF in a PNG) that are walked."""

NOTE_MAX: Final = 40
"""Characters of a text that are told."""

_DIGEST: Final = 8
_FULL_DIGEST: Final = 32

_DATE: Final = pattern(r"\s*(\d{4})[-:/.]?(\d\d)[-:/.]?(\d\d)(?:[T ]+(\d\d):?(\d\d)(?::?(\d\d))?)?")

_SAYS_WHEN: Final = pattern(r"[^\W\d_]{3}|[1-9]")
"""In "0000:00:00 00:00:00" nobody says anything."""


class Item(NamedTuple):
    """A thing of value.

    Attributes:
        kind: what it is.
        digest: equal for the same thing in another file, wherever it stands there.
        note: its text or size for people, short; may be empty.
    """

    kind: Kind
    digest: bytes
    note: str


class Holdings:
    """Collects what the walkers of one file find.

    Args:
        key: secret of a comparison: digests are 32 bytes then, and nobody can have made two
            things with the same one. Empty: 8 bytes, the same in every file and at any time.

    Attributes:
        items: what was found, without repetition.
        damage: what is wrong with the file, the first that was found; empty if nothing is.
        depth: of the container that is walked, 0 for the file.
        page: that is walked, 0 for the first and for what belongs to the whole file. What the
            first page does not say, too, belongs to its page: captions may not change places.
    """

    def __init__(self, key: bytes = b"") -> None:
        self._key = key
        self.items: dict[Item, None] = {}
        self.damage = ""
        self.depth = 0
        self.page = 0
        self._shown: dict[str, str] = {}
        self._taken: dict[int, str] = {}
        self._rest = new_digest(key)

    def add(self, kind: Kind, name: str, content: bytes | Iterable[bytes], note: str = "") -> None:
        """Take in a thing of value.

        Args:
            kind: what it is.
            name: which of its kind it is; things of one kind with different names are different.
            content: its bytes, perhaps in pieces.
            note: see `Item`; its words if `SORTS` quotes them.
        """
        hasher = new_digest(self._key)
        hasher.update(f"{int(kind)} {name}\0".encode(errors="replace"))
        for piece in (content,) if isinstance(content, bytes) else content:
            hasher.update(piece)
        item = Item(kind, self._short(hasher), short(note) if SORTS[kind].note else "")
        if self.page and item not in self.items:
            tied = new_digest(self._key)
            tied.update(f"page {self.page}\0".encode() + item.digest)
            item = item._replace(digest=self._short(tied))
        if len(self.items) >= ITEMS_MAX:
            self._rest.update(item.digest)
            return
        self.items[item] = None

    def add_text(self, kind: Kind, text: str, name: str = "") -> None:
        """Take in a text, which counts by its characters, in whatever form it is stored."""
        plain = plain_text(text)
        if plain:
            self.add(kind, name, plain.encode(errors="replace"), plain)

    def add_range(self, kind: Kind, name: str, data: Data, at: int, end: int) -> None:
        """Take in a stretch of the file."""
        end = min(end, data.size)
        if at < end:
            self.add(kind, name, data.pieces(at, end), size_words(end - at))

    def show(self, key: str, value: str) -> None:
        """Note what changes how the picture is shown; nothing if it is the default."""
        self._shown.setdefault(key, value)

    def blame(self, damage: str) -> None:
        """Note what is wrong with the file; inside of parts it is no damage of the picture."""
        if not self.damage and self.depth == 0:
            self.damage = damage

    def date(self, rank: int, text: str) -> None:
        """Take in when the picture was taken; a lower rank is a better source.

        The date is something of value, too: its day and time to the second. Of old pictures often
        only a year is known, which is value like any text.
        """
        found = read_date(text)
        if found:
            self._taken.setdefault(rank, found)
            self.add(Kind.DATE, "", found.encode())
        elif _SAYS_WHEN.search(text):
            self.add_text(Kind.DATE, text, "words")

    @property
    def is_proof(self) -> bool:
        """Whether two files are compared in full, so that time does not count."""
        return bool(self._key)

    @property
    def taken(self) -> str:
        """When the picture was taken; empty if the file does not tell."""
        return self._taken[min(self._taken)] if self._taken else ""

    @property
    def shown(self) -> bytes:
        """What changes how the picture is shown, in one form; empty if all is as usual."""
        return "".join(f"{key}={value};" for key, value in sorted(self._shown.items())).encode()

    def all_items(self) -> list[Item]:
        """What was found, and what is beyond `ITEMS_MAX` as one thing."""
        items = list(self.items)
        if len(items) >= ITEMS_MAX:
            items.append(Item(Kind.DATA, self._short(self._rest), ""))
        return items

    def _short(self, digest: blake3) -> bytes:
        return digest.digest(length=_FULL_DIGEST if self._key else _DIGEST)


def plain_text(text: str) -> str:
    """A text without what its form adds: padding, zeros, and more than one space."""
    text = unicodedata.normalize("NFC", text.partition("\0")[0])
    return " ".join(text.split())


def decoded(content: bytes) -> str:
    """Bytes of a text whose encoding nobody tells: UTF-8 if it can be, else Latin-1."""
    try:
        return content.decode()
    except UnicodeDecodeError:
        return content.decode("latin-1")


def short(text: str) -> str:
    """A text in a few printable characters."""
    plain = "".join(one if one.isprintable() else " " for one in text[: 4 * NOTE_MAX])
    plain = " ".join(plain.encode(errors="replace").decode().split())
    return plain if len(plain) <= NOTE_MAX else plain[: NOTE_MAX - 1].rstrip() + "…"


def size_words(size: int) -> str:
    """A size for people."""
    for limit, unit in ((1000, "bytes"), (1000**2, "kB"), (1000**3, "MB")):
        if size < limit:
            return f"{max(1, round(size / (limit / 1000)))} {unit}"
    return f"{round(size / 1000**3)} GB"


def read_date(text: str) -> str:
    """`YYYY-MM-DD HH:MM:SS`; empty if the text is no date."""
    found = _DATE.match(text[:40])
    if found is None:
        return ""
    year, month, day, *time = (int(part) if part else 0 for part in found.groups())
    fits = year >= 1800 and 1 <= month <= 12 and 1 <= day <= 31  # noqa: PLR2004  a calendar
    if not fits or time[0] > 23 or time[1] > 59 or time[2] > 60:  # noqa: PLR2004  a clock
        return ""
    return f"{year:04}-{month:02}-{day:02} {time[0]:02}:{time[1]:02}:{time[2]:02}"
