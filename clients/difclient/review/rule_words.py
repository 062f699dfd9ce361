"""The keep rules in plain words, each with an example, and as the page sends and shows them.

Between page and gateway a rule travels percent-encoded: the names of folders need not be text.
"""

from __future__ import annotations

import os
import zlib
from collections.abc import Iterable, Sequence
from typing import Final, NamedTuple
from urllib.parse import quote, unquote_to_bytes

from difclient.language.catalogue import _, marked
from difclient.language.text import harmless, printable
from difclient.remote import is_elsewhere
from difd.protocol.keep_rules import NAMING_RULES, WRITTEN, KeepRule, keep_rules, read_rules


class RuleWords(NamedTuple):
    """What the page says of a rule.

    Attributes:
        stays: which file stays, in English; with `%(what)s` for what follows the name of the rule.
        example: one, in English.
    """

    stays: str
    example: str


WORDS: Final = {
    "intact": RuleWords(marked("the undamaged file"), marked("not the one whose end is missing")),
    "value": RuleWords(
        marked("the file that holds more"), marked("keywords, a movie, another picture")
    ),
    "metadata": RuleWords(
        marked("the file that tells more"), marked("when, where and with what it was taken")
    ),
    "resolution": RuleWords(
        marked("the larger picture"), marked("4000 × 3000 rather than 1600 × 1200")
    ),
    "details": RuleWords(
        marked("the file that holds more details"), marked("five keywords rather than four")
    ),
    "bytes": RuleWords(
        marked("the larger file of the same format"),
        marked("a JPEG of 3 MB rather than a JPEG of 1 MB"),
    ),
    "smallest": RuleWords(marked("the smaller file"), marked("1 MB rather than 3 MB")),
    "format": RuleWords(marked("the better format: %(what)s"), "png>tiff>heic>jpeg"),
    "taken": RuleWords(marked("the picture that was taken first"), marked("2019 rather than 2021")),
    "oldest": RuleWords(marked("the older file"), marked("changed in 2019 rather than in 2021")),
    "newest": RuleWords(marked("the newer file"), marked("changed in 2021 rather than in 2019")),
    "original-name": RuleWords(
        marked("the file that is not named as a copy"),
        marked("IMG_1.jpg rather than IMG_1 (2).jpg"),
    ),
    "album": RuleWords(
        marked("the file in an album, not in a backup or a download"),
        marked("Rome rather than Downloads"),
    ),
    "in": RuleWords(marked("files in %(what)s"), marked("…/Albums")),
    "not-in": RuleWords(marked("files outside %(what)s"), marked("…/Phone backup")),
    "folder": RuleWords(
        marked("files in the first of these folders: %(what)s"), marked("…/Albums, …/Phone")
    ),
    "name": RuleWords(marked("files named %(what)s"), marked("IMG_*.jpg")),
    "not-name": RuleWords(marked("files not named %(what)s"), marked("*edited*")),
    "shortest-path": RuleWords(
        marked("the file with the shorter path"), marked("Rome/1.jpg, not Old/Rome/1.jpg")
    ),
    "longest-path": RuleWords(
        marked("the file with the longer path"), marked("Old/Rome/1.jpg, not Rome/1.jpg")
    ),
}
"""What is said of each rule, in the order in which they are offered."""


def words_of(rule: KeepRule) -> str:
    """Which file stays by a rule, in words."""
    what = rule.pattern or " > ".join(
        [one.lower() for one in rule.formats] or [printable(one) for one in rule.folders]
    )
    return _(WORDS[rule.name].stays, what=what)


def menu() -> dict[str, RuleWords]:
    """The rules that can be chosen, in the language spoken here, what follows their names open."""
    return {
        name: RuleWords(_(words.stays, what="…"), _(words.example))
        for name, words in WORDS.items()
        if any(one.partition(":")[0] == name for one in WRITTEN)
    }


def sent(texts: Iterable[str]) -> list[str]:
    """Rules as the page has them."""
    return [quote(os.fsencode(text)) for text in texts]


def received(values: Iterable[str]) -> tuple[str, ...]:
    """Rules that the page sent back."""
    return tuple(os.fsdecode(unquote_to_bytes(value)) for value in values)


def key_of(text: str) -> str:
    """A name for what belongs to a rule on the page; it stays while the rule moves."""
    return f"{zlib.crc32(os.fsencode(text)):x}"


def as_text(texts: Sequence[str]) -> str:
    """Rules as `--keep` has them; what cannot be typed stands as a backslash escape."""
    return harmless(", ".join(texts))


def of_text(text: str) -> tuple[str, ...]:
    """Rules that somebody typed; folders are those of this machine.

    Raises:
        InvalidOption: one of them is none, or lacks what it needs.
        PathNotFound: the folder of a rule is not there.
    """
    texts = [part.strip() for line in text.splitlines() for part in _parts(line) if part.strip()]
    rules = tuple(texts) if is_elsewhere() else keep_rules(texts)
    read_rules(rules)
    return rules


def _parts(line: str) -> list[str]:
    """What stands between the commas; names of folders and of files may have some."""
    found: list[str] = []
    is_name = False
    for part in line.split(","):
        name = part.partition(":")[0].strip().lower()
        if is_name and name not in WORDS and part.strip():
            found[-1] += f",{part}"
        else:
            found.append(part)
            is_name = name in NAMING_RULES
    return found
