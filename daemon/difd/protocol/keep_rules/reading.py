"""Keep rules as people write them, and what is wrong with them."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Sequence
from typing import Final

from difd.protocol.errors import InvalidOption, PathNotFound
from difd.protocol.keep_rules.rules import (
    FOLDER_LISTS,
    FOLDER_RULES,
    HIDDEN,
    KINDS,
    PATTERN_RULES,
    PLACE_RULES,
    RULES_SENTENCE,
    KeepRule,
    Picture,
)
from difd.protocol.places import absolute

_ALIASES: Final = {"JPG": "JPEG", "JPE": "JPEG", "TIF": "TIFF", "HEIC": "HEIF", "JP2": "JPEG2000"}
"""Names people use for formats, and Pillow's."""


def read_rules(texts: Iterable[str]) -> tuple[KeepRule, ...]:
    """Read keep rules as they are stored; their folders are absolute.

    Raises:
        InvalidOption: an unknown rule, a rule without what it needs, or one given twice.
    """
    rules = tuple(_read(text) for text in texts)
    for number, rule in enumerate(rules):
        if rule in rules[:number]:
            raise InvalidOption(f"The keep rule {rule.name!r} is given twice.", hint=RULES_SENTENCE)
    return rules


def keep_rules(given: str | Iterable[str]) -> tuple[str, ...]:
    """Keep rules as they are stored, from what a user gives.

    Args:
        given: rules with commas between them, or each by itself; folders as the caller sees them.

    Raises:
        InvalidOption: a text without any rule: the variable of a script was empty, perhaps.
        PathNotFound: the folder of a rule is not there.
        UsageError: it is relative, and the folder that we are in was removed.
    """
    if isinstance(given, str) and not given.strip(" ,"):
        raise InvalidOption("No keep rule is given.", hint=RULES_SENTENCE)
    rules = given.split(",") if isinstance(given, str) else given
    return tuple(_with_folders(rule.strip()) for rule in rules if rule.strip())


def refined(rules: Sequence[KeepRule]) -> tuple[KeepRule, ...]:
    """The rules with `intact`, and with what follows from `value`.

    A damaged file stays in the place of an intact one only where somebody wants to have a file in
    that place or by that name: `smallest` means no file that was cut off.

    Of two files of equal worth one may still hold all that the other holds, and something more. It
    has to come first, or it could not go in favour of the other and nor could the other in its
    favour. So the number of details decides after `value`, `metadata` and `resolution`.
    """
    names = [rule.name for rule in rules]
    if "intact" not in names:
        first = next((at for at, name in enumerate(names) if name not in PLACE_RULES), len(names))
        rules = (*rules[:first], KeepRule("intact"), *rules[first:])
        names.insert(first, "intact")
    if "value" not in names:
        return tuple(rules)
    after = {"value", "metadata", "resolution"}
    last = max(place for place, name in enumerate(names) if name in after) + 1
    return (*rules[:last], KeepRule(HIDDEN), *rules[last:])


def silent(rules: Sequence[KeepRule], pictures: Iterable[Picture]) -> list[str]:
    """A sentence for each folder and pattern of the rules that no searched file has to do with.

    Args:
        rules: as they were given.
        pictures: all searched files.
    """
    waiting = {(rule, folder): None for rule in rules for folder in rule.folders}
    patterns = {rule: None for rule in rules if rule.pattern}
    formats = {rule: None for rule in rules if rule.formats}
    for picture in pictures:
        if not (waiting or patterns or formats):
            break
        for rule in [rule for rule in formats if picture.format.upper() in rule.formats]:
            del formats[rule]
        for rule, folder in [key for key in waiting if key[0].holds(key[1], picture)]:
            del waiting[rule, folder]
        for rule in [rule for rule in patterns if rule.fits(picture)]:
            del patterns[rule]
    return list(_sentences(waiting, patterns, formats))


def _sentences(
    folders: Iterable[tuple[KeepRule, bytes]],
    patterns: Iterable[KeepRule],
    formats: Iterable[KeepRule],
) -> Iterator[str]:
    for rule, folder in folders:
        name = folder.decode(errors="replace")
        yield f"The keep rule '{rule.name}' had no effect: no searched file lies in {name}."
    for rule in patterns:
        yield (
            f"The keep rule '{rule.name}:{rule.pattern}' had no effect: "
            "no searched file has such a name."
        )
    for rule in formats:
        yield (
            f"The keep rule 'format:{'>'.join(rule.formats).lower()}' had no effect: "
            "no searched file has such a format."
        )


def _read(text: str) -> KeepRule:
    name, separator, argument = text.strip().partition(":")
    name = name.strip().lower()
    kind = KINDS.get(name)
    if kind is not None and name != HIDDEN and bool(kind.argument) == bool(separator):
        rule = _with_argument(name, argument, text)
        if rule is not None:
            return rule
    raise InvalidOption(f"{text!r} is not a keep rule. {RULES_SENTENCE}")


def _with_argument(name: str, argument: str, text: str) -> KeepRule | None:
    """The rule of this name, None if what follows the name is not enough."""
    if not KINDS[name].argument:
        return KeepRule(name)
    if name in PATTERN_RULES:
        return KeepRule(name, pattern=argument.strip()) if argument.strip() else None
    parts = _parts(name, argument)
    if not all(parts):
        return None
    if name in FOLDER_RULES:
        if not all(map(os.path.isabs, parts)):
            raise InvalidOption(
                f"The folder of the keep rule {text!r} must be absolute.", hint=RULES_SENTENCE
            )
        folders = tuple(os.path.normpath(os.fsencode(part)) for part in parts)
        return KeepRule(name, folders=folders)
    formats = (part.strip().upper().lstrip(".") for part in parts)
    return KeepRule(name, formats=tuple(_ALIASES.get(one, one) for one in formats))


def _parts(name: str, argument: str) -> list[str]:
    """What stands between the signs; the folder of `in` may have one in its name."""
    if name in FOLDER_RULES - FOLDER_LISTS:
        return [argument]
    return [part.strip() for part in argument.split(">")]


def _with_folders(rule: str) -> str:
    written, _, argument = rule.partition(":")
    name = written.strip().lower()
    if name not in FOLDER_RULES or not all(_parts(name, argument)):
        # Where rules are read, one that is not complete is refused.
        return rule
    return f"{written}:{'>'.join(_absolute(name, part) for part in _parts(name, argument))}"


def _absolute(name: str, folder: str) -> str:
    # No shell expands a tilde in the middle of a word.
    path = absolute(os.fsencode(os.path.expanduser(folder)))
    if not os.path.isdir(path):
        # Such a rule would decide nothing, and the wrong file would stay.
        raise PathNotFound(f"There is no such folder for the keep rule {name!r}.", path=path)
    return os.fsdecode(path)
