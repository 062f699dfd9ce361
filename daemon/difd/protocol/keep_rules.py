"""Keep rules: each one's name, what it looks at, and its reason, in one table for all of difd.

The engine sorts records by them, the review page the files of a result; both must choose alike.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final, NamedTuple

from difd.protocol.errors import InvalidOption, PathNotFound

_ALIASES: Final = {"JPG": "JPEG", "JPE": "JPEG", "TIF": "TIFF", "HEIC": "HEIF", "JP2": "JPEG2000"}
"""Names people use for formats, and Pillow's."""


class Picture(NamedTuple):
    """What keep rules look at.

    Attributes:
        width, height: in pixels, as displayed.
        size: of the file, in bytes.
        modified: nanoseconds since 1970.
        format: Pillow's name.
        metadata: which kinds of metadata the file has.
        path: absolute.
    """

    width: int
    height: int
    size: int
    modified: int
    format: str
    metadata: tuple[str, ...]
    path: bytes


@dataclass(frozen=True, slots=True)
class KeepRule:
    """One keep rule.

    Attributes:
        name: a key of `_KINDS`.
        formats: for `format`: Pillow's names, the preferred ones first.
        folder: for `in` and `not-in`: the folder, absolute.
    """

    name: str
    formats: tuple[str, ...] = ()
    folder: bytes = b""

    def rank(self, picture: Picture) -> int:
        """What the rule makes of a picture; of several the smallest rank stays."""
        return _KINDS[self.name].rank(self, picture)

    def reason(self, kept: Picture, other: Picture) -> str:
        """Why `kept` stays and not `other`, whose rank differs, as the continuation of "it is"."""
        return _KINDS[self.name].reason(self, kept, other)


@dataclass(frozen=True, slots=True)
class _Kind:
    """What rules of one name do.

    Attributes:
        rank, reason: see `KeepRule`.
        argument: an example of what follows the name and a colon; "DIR" is a folder.
    """

    rank: Callable[[KeepRule, Picture], int]
    reason: Callable[[KeepRule, Picture, Picture], str]
    argument: str = ""


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
        PathNotFound: the folder of an `in:` or `not-in:` is not there.
    """
    rules = given.split(",") if isinstance(given, str) else given
    return tuple(_with_folder(rule.strip()) for rule in rules if rule.strip())


def _read(text: str) -> KeepRule:
    name, separator, argument = text.strip().partition(":")
    name = name.strip().lower()
    kind = _KINDS.get(name)
    if kind is not None and bool(kind.argument) == bool(separator):
        if not kind.argument:
            return KeepRule(name)
        if kind.argument == _FOLDER and argument:
            if not os.path.isabs(argument):
                raise InvalidOption(
                    f"The folder of the keep rule {text!r} must be absolute.", hint=RULES_SENTENCE
                )
            return KeepRule(name, folder=os.path.normpath(os.fsencode(argument)))
        formats = tuple(part.strip().upper().lstrip(".") for part in argument.split(">"))
        if kind.argument != _FOLDER and all(formats):
            return KeepRule(name, formats=tuple(_ALIASES.get(one, one) for one in formats))
    raise InvalidOption(f"{text!r} is not a keep rule. {RULES_SENTENCE}")


def _with_folder(rule: str) -> str:
    name, _, folder = rule.partition(":")
    kind = _KINDS.get(name.strip().lower())
    if kind is None or kind.argument != _FOLDER or not folder:
        return rule
    # No shell expands a tilde in the middle of a word.
    path = os.path.abspath(os.path.expanduser(folder))
    if not os.path.isdir(path):
        # Such a rule would decide nothing, and the wrong file would stay.
        raise PathNotFound(
            f"There is no such folder for the keep rule {name.strip().lower()!r}.",
            path=os.fsencode(path),
        )
    return f"{name}:{path}"


def _is_inside(rule: KeepRule, picture: Picture) -> bool:
    return picture.path.startswith(rule.folder.rstrip(b"/") + b"/")


def _format_rank(rule: KeepRule, picture: Picture) -> int:
    name = picture.format.upper()
    return rule.formats.index(name) if name in rule.formats else len(rule.formats)


def _date(modified: int) -> str:
    try:
        moment = datetime.fromtimestamp(modified / 1e9, UTC)
    except (OverflowError, ValueError, OSError):
        # File systems hold times that calendars do not.
        return f"{modified} ns"
    return f"{moment:%Y-%m-%d %H:%M:%S}"


def _dates(kept: Picture, other: Picture) -> str:
    one, two = _date(kept.modified), _date(other.modified)
    return "by less than a second" if one == two else f"{one} against {two}"


def _listed(metadata: tuple[str, ...]) -> str:
    return " and ".join(metadata) or "none"


def _name(folder: bytes) -> str:
    # Names that are not UTF-8 must not make the sentence unsendable.
    return folder.decode(errors="replace")


_FOLDER: Final = "DIR"

_KINDS: Final = {
    "resolution": _Kind(
        lambda _, picture: -picture.width * picture.height,
        lambda _, kept, other: (
            f"larger, {kept.width}×{kept.height} against {other.width}×{other.height}"
        ),
    ),
    "bytes": _Kind(
        lambda _, picture: -picture.size,
        lambda _, kept, other: f"the larger file, {kept.size:,} bytes against {other.size:,}",
    ),
    "format": _Kind(
        _format_rank,
        lambda _, kept, other: f"{kept.format}, which is preferred over {other.format}",
        "png>tiff>heic>jpeg",
    ),
    "metadata": _Kind(
        lambda _, picture: -len(picture.metadata),
        lambda _, kept, other: (
            f"better described, {_listed(kept.metadata)} against {_listed(other.metadata)}"
        ),
    ),
    "oldest": _Kind(
        lambda _, picture: picture.modified,
        lambda _, kept, other: f"older, {_dates(kept, other)}",
    ),
    "newest": _Kind(
        lambda _, picture: -picture.modified,
        lambda _, kept, other: f"newer, {_dates(kept, other)}",
    ),
    "shortest-path": _Kind(
        # In characters: an ü must not count as two.
        lambda _, picture: len(os.fsdecode(picture.path)),
        lambda _, _kept, _other: "at the shorter path",
    ),
    "in": _Kind(
        lambda rule, picture: not _is_inside(rule, picture),
        lambda rule, _kept, _other: f"inside {_name(rule.folder)}",
        _FOLDER,
    ),
    "not-in": _Kind(
        _is_inside,
        lambda rule, _kept, _other: f"not inside {_name(rule.folder)}",
        _FOLDER,
    ),
}
"""Every keep rule by its name."""

FOLDER_RULES: Final = tuple(name for name, kind in _KINDS.items() if kind.argument == _FOLDER)
"""Names of the rules that name a folder."""

_WRITTEN: Final = (
    f"{name}:{kind.argument}" if kind.argument else name for name, kind in _KINDS.items()
)
RULES_SENTENCE: Final = f"Valid rules are: {', '.join(_WRITTEN)}."
"""All rules as they are written."""
