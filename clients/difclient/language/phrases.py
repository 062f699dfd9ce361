"""What the daemon says in sentences, said again in the language spoken here.

The daemon speaks English: its sentences stand in results, plans and logs, and scripts read them.
Where the protocol says something as data, clients make words of that data; for the rest there is
the list in `daemon_words`, of sentences with places for names and numbers. What is not in the list
stays as it is.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import lru_cache
from typing import Final, NamedTuple

from difclient.language.catalogue import ENGLISH, _, number, spoken_code, upper_first
from difclient.language.daemon_words import LOSSES, PHRASES, SEVERAL, THINGS

_HOLE: Final = re.compile(r"%\((\w+)\)s")
_COUNT: Final = re.compile(r"(\d+) (.+)")
_NOTE: Final = re.compile(r"(?P<thing>[^('\d]+?) ?(?:of (?P<size>\d.*)|(?P<note>\(.+\)|'.+'))")
_LIST: Final = re.compile(r", (?=(?:[^']*'[^']*')*[^']*$)")
"""Between what is listed; not what stands in quotes."""

_MORE: Final = " and more"


class _Pattern(NamedTuple):
    """A phrase with places for something, and what tells whether a text is it."""

    phrase: str
    pattern: re.Pattern[str]


def spoken(text: str) -> str:
    """A sentence or clause of the daemon in the language spoken here.

    Args:
        text: as the daemon said it. Of a clause that stands as a sentence the capital and the full
            stop stay what they are.
    """
    code = spoken_code()
    return text if code == ENGLISH or not text else _said(code, text)


def clause(text: str) -> str:
    """A sentence of the daemon as a part of another one: without its capital and full stop."""
    return text[:1].lower() + text[1:].removesuffix(".")


@lru_cache(maxsize=4096)
def _said(_code: str, text: str) -> str:
    found = _found(text)
    if found is not None:
        return found
    found = _found(clause(text))
    if found is None:
        return text
    words = upper_first(found) if text[:1].isupper() else found
    return f"{words}." if text.endswith(".") else words


def _found(text: str) -> str | None:
    exact, patterns = _phrases()
    if text in exact:
        return _(text)
    for phrase, pattern in patterns:
        if (match := pattern.fullmatch(text)) is not None:
            return _(
                phrase, **{name: _read(name, part) for name, part in match.groupdict().items()}
            )
    return None


def is_loss(text: str) -> bool:
    """Whether a warning of the daemon says that something is lost with a file."""
    return any(pattern.fullmatch(text) for pattern in _losses())


@lru_cache(maxsize=1)
def _losses() -> list[re.Pattern[str]]:
    return [_pattern(phrase) for phrase in LOSSES]


@lru_cache(maxsize=1)
def _phrases() -> tuple[frozenset[str], list[_Pattern]]:
    """Those without a place for something, and the others, the most particular ones first."""
    exact = frozenset(phrase for phrase in PHRASES if not _HOLE.search(phrase))
    others = sorted(
        (phrase for phrase in PHRASES if phrase not in exact),
        key=lambda phrase: -len(_HOLE.sub("", phrase)),
    )
    return exact, [_Pattern(phrase, _pattern(phrase)) for phrase in others]


def _pattern(phrase: str) -> re.Pattern[str]:
    pieces = _HOLE.split(phrase)
    texts, names = pieces[::2], pieces[1::2]
    holes = [f"(?P<{name}>.+?)" for name in names]
    both = zip(map(re.escape, texts), [*holes, ""], strict=True)
    return re.compile("".join(text + hole for text, hole in both), re.DOTALL)


def _read(name: str, part: str) -> str:
    """What stands at a place: something that the daemon says, too, a number, or a name."""
    return _READERS.get(name.rstrip("_"), str)(part)


def things(text: str) -> str:
    """What a file holds beside its pixels, as listed by the daemon: "a movie, 3 keywords"."""
    if spoken_code() == ENGLISH:
        return text
    listed = text.removesuffix(_MORE)
    said = ", ".join(map(_thing, _LIST.split(listed)))
    return said if listed == text else _("%(things)s and more", things=said)


def _thing(part: str) -> str:
    if part in THINGS:
        return _(part)
    if (several := _COUNT.fullmatch(part)) is not None and several[2] in SEVERAL:
        return f"{_regrouped(several[1])} {_(several[2])}"
    if (noted := _NOTE.fullmatch(part)) is not None and noted["thing"] in THINGS:
        thing = _(noted["thing"])
        if noted["size"]:
            return _("%(thing)s of %(size)s", thing=thing, size=noted["size"])
        return f"{thing} {noted['note']}"
    return part


def _kinds(text: str) -> str:
    return ", ".join(map(spoken, text.split(" and ")))


def _regrouped(text: str) -> str:
    """A whole number with the marks of the language."""
    digits = text.replace(",", "")
    return number(int(digits)) if digits.isdecimal() else text


_READERS: Final[dict[str, Callable[[str], str]]] = {
    "why": spoken,
    "damage": spoken,
    "place": spoken,
    "kinds": _kinds,
    "lost": things,
    "number": _regrouped,
}
"""How what stands at a place is read, by its name; a second one of a kind has a line below."""
