"""Which language words are said in: the one of a request or a thread; English where none is named.

The words in the code are English, so a command line needs no catalogue. Nothing here is one for the
whole process: a page server answers two browsers in two languages at the same time.
"""

from __future__ import annotations

import gettext
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import lru_cache
from pathlib import Path
from typing import Final, NamedTuple

DOMAIN: Final = "difd"

FOLDER: Final = Path(__file__).parents[1] / "locale"
"""Where the catalogues are."""

NAMES: Final = {"en": "English", "de": "Deutsch", "fr": "Français", "es": "Español"}
"""What each language calls itself, by its code; the first is for everybody else."""

ENGLISH: Final = "en"

_THOUSANDS: Final = {"en": ",", "de": ".", "fr": "\N{NARROW NO-BREAK SPACE}", "es": "."}
_DECIMAL: Final = {"en": ".", "de": ",", "fr": ",", "es": ","}
_UNGROUPED: Final = {"es": 10_000}
"""Marks in numbers, and up to which number there are none, as the Unicode CLDR has them."""


class Language(NamedTuple):
    """A language and its catalogue.

    Attributes:
        code: a key of `NAMES`.
        catalogue: what its words are.
    """

    code: str
    catalogue: gettext.NullTranslations


@lru_cache
def language_of(code: str) -> Language:
    """The language of a code; its words are English if its catalogue is not there."""
    if code == ENGLISH:
        return Language(code, gettext.NullTranslations())
    found = gettext.translation(DOMAIN, FOLDER, [code], fallback=True)
    return Language(code, found)


_spoken: ContextVar[Language | None] = ContextVar("language", default=None)


def _language() -> Language:
    return _spoken.get() or language_of(ENGLISH)


def spoken_code() -> str:
    """The code of the language that words are said in here."""
    return _language().code


@contextmanager
def speaking(code: str) -> Iterator[None]:
    """Say words in a language, in this request or thread."""
    before = _spoken.set(language_of(code))
    try:
        yield
    finally:
        _spoken.reset(before)


def _(message: str, /, **values: object) -> str:
    """A message in the language spoken here.

    Args:
        message: English, as it stands in the code; `%(name)s` stands for a value, `%%` for a `%`.
        values: by name.
    """
    return translated(message) % values


def counted(one: str, many: str, count: int, /, **values: object) -> str:
    """The same of a number of things, in their singular or plural; `%(count)s` is the number."""
    return translated_plural(one, many, count) % {"count": number(count), **values}


def number(value: float, digits: int = 0) -> str:
    """A number as the language writes it, with so many digits behind the decimal mark."""
    code = spoken_code()
    written = f"{value:,.{digits}f}"
    grouped = abs(value) >= _UNGROUPED.get(code, 0)
    thousands = _THOUSANDS[code] if grouped else ""
    return written.translate({ord(","): thousands, ord("."): _DECIMAL[code]})


def marked(message: str) -> str:
    """The same message: it is translated where it is said, and collected here."""
    return message


def translated(message: str) -> str:
    """A message with its placeholders, as Jinja wants it."""
    return _language().catalogue.gettext(message) if message else ""


def translated_plural(one: str, many: str, count: int) -> str:
    """A message about a number of things, with its placeholders."""
    return _language().catalogue.ngettext(one, many, count)


def upper_first(words: str) -> str:
    """Words as a line begins: the rest stays as it is, for it may hold nouns of German."""
    return words[:1].upper() + words[1:]
