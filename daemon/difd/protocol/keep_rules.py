"""Keep rules as people write them: read in one place, for the engine and for the configuration."""

from __future__ import annotations

import os
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from difd.protocol.errors import InvalidOption

RULES_SENTENCE: Final = (
    "Valid rules are: resolution, bytes, format:png>tiff>heic>jpeg, metadata, oldest, newest, "
    "shortest-path, in:DIR, not-in:DIR."
)

_ALIASES: Final = {"JPG": "JPEG", "JPE": "JPEG", "TIF": "TIFF", "HEIC": "HEIF", "JP2": "JPEG2000"}
"""Names people use for formats, and Pillow's."""

_PLAIN: Final = frozenset({"resolution", "bytes", "metadata", "oldest", "newest", "shortest-path"})


@dataclass(frozen=True, slots=True)
class KeepRule:
    """One keep rule.

    Attributes:
        name: `resolution`, `bytes`, `format`, `metadata`, `oldest`, `newest`, `shortest-path`,
            `in` or `not-in`.
        formats: for `format`: Pillow's names, the preferred ones first.
        folder: for `in` and `not-in`: the folder, absolute.
    """

    name: str
    formats: tuple[str, ...] = ()
    folder: bytes = b""


def read_rules(texts: Iterable[str]) -> tuple[KeepRule, ...]:
    """Read keep rules as people write them.

    Raises:
        InvalidOption: an unknown rule, a rule without what it needs, or one given twice.
    """
    rules = tuple(_read(text) for text in texts)
    for number, rule in enumerate(rules):
        if rule in rules[:number]:
            raise InvalidOption(f"The keep rule {rule.name!r} is given twice.", hint=RULES_SENTENCE)
    return rules


def _read(text: str) -> KeepRule:
    name, separator, argument = text.strip().partition(":")
    name = name.strip().lower()
    if name in _PLAIN and not separator:
        return KeepRule(name)
    if name == "format" and argument.strip():
        formats = tuple(part.strip().upper().lstrip(".") for part in argument.split(">"))
        if all(formats):
            return KeepRule(name, formats=tuple(_ALIASES.get(one, one) for one in formats))
    if name in {"in", "not-in"} and argument:
        if not os.path.isabs(argument):
            raise InvalidOption(
                f"The folder of the keep rule {text!r} must be absolute.", hint=RULES_SENTENCE
            )
        return KeepRule(name, folder=os.path.normpath(os.fsencode(argument)))
    raise InvalidOption(f"{text!r} is not a keep rule. {RULES_SENTENCE}")
