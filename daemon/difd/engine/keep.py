"""The keep rules: which of several matching files stays, and why, in words.

Rules are data; the first one in which two files differ decides, and the path decides the rest.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from difd.engine.record import Record
from difd.protocol.keep_rules import KeepRule, read_rules


@dataclass(frozen=True, slots=True)
class KeepOrder:
    """Keep rules in their order.

    Files in reference folders come before all others, whatever the rules say.
    """

    rules: tuple[KeepRule, ...]

    def key(self, record: Record) -> tuple[object, ...]:
        """A sort key: the file to keep comes first. Never equal for two files."""
        rules = [_KEYS[rule.name](rule, record) for rule in self.rules]
        return (not record.file.reference, *rules, record.file.path)

    def is_tie(self, one: Record, other: Record) -> bool:
        """Whether nothing but their paths decides between two files."""
        return self.key(one)[:-1] == self.key(other)[:-1]

    def reason(self, kept: Record, other: Record) -> str:
        """Why `kept` stays and not `other`, as the continuation of "it is"."""
        if kept.file.reference and not other.file.reference:
            return "in a reference folder"
        for rule in self.rules:
            key = _KEYS[rule.name]
            if key(rule, kept) != key(rule, other):
                return _REASONS[rule.name](rule, kept, other)
        return "equal by every rule, and first by path"


def parse_rules(texts: Iterable[str]) -> KeepOrder:
    """Read keep rules as people write them.

    Raises:
        InvalidOption: an unknown rule, a rule without what it needs, or one given twice.
    """
    return KeepOrder(read_rules(texts))


def lost_metadata(kept: Record, removed: Record) -> tuple[str, ...]:
    """What the removed file tells about the picture and the kept one does not."""
    return tuple(part for part in removed.metadata if part not in kept.metadata)


def _inside(rule: KeepRule, record: Record) -> bool:
    return record.file.path.startswith(rule.folder.rstrip(b"/") + b"/")


def _format_rank(rule: KeepRule, record: Record) -> int:
    name = record.format.upper()
    return rule.formats.index(name) if name in rule.formats else len(rule.formats)


_KEYS: Final[dict[str, Callable[[KeepRule, Record], int]]] = {
    "resolution": lambda _, record: -record.width * record.height,
    "bytes": lambda _, record: -record.file.size,
    "format": _format_rank,
    "metadata": lambda _, record: -len(record.metadata),
    "oldest": lambda _, record: record.file.mtime_ns,
    "newest": lambda _, record: -record.file.mtime_ns,
    "shortest-path": lambda _, record: len(os.fsdecode(record.file.path)),
    "in": lambda rule, record: not _inside(rule, record),
    "not-in": _inside,
}


def _dimensions(record: Record) -> str:
    return f"{record.width}×{record.height}"


def _date(record: Record) -> str:
    try:
        moment = datetime.fromtimestamp(record.file.mtime_ns / 1e9, UTC)
    except (OverflowError, ValueError, OSError):
        # File systems hold times that calendars do not.
        return f"{record.file.mtime_ns} ns"
    return f"{moment:%Y-%m-%d %H:%M:%S}"


def _dates(kept: Record, other: Record) -> str:
    one, two = _date(kept), _date(other)
    return "by less than a second" if one == two else f"{one} against {two}"


def _listed(metadata: tuple[str, ...]) -> str:
    return " and ".join(metadata) or "none"


def _preferred(_rule: KeepRule, kept: Record, other: Record) -> str:
    return f"{kept.format}, which is preferred over {other.format}"


def _folder(rule: KeepRule, _kept: Record, _other: Record) -> str:
    where = "inside" if rule.name == "in" else "not inside"
    # Names that are not UTF-8 must not make the sentence unsendable.
    return f"{where} {rule.folder.decode(errors='replace')}"


_REASONS: Final[dict[str, Callable[[KeepRule, Record, Record], str]]] = {
    "resolution": lambda _, kept, other: (
        f"larger, {_dimensions(kept)} against {_dimensions(other)}"
    ),
    "bytes": lambda _, kept, other: (
        f"the larger file, {kept.file.size:,} bytes against {other.file.size:,}"
    ),
    "format": _preferred,
    "metadata": lambda _, kept, other: (
        f"better described, {_listed(kept.metadata)} against {_listed(other.metadata)}"
    ),
    "oldest": lambda _, kept, other: f"older, {_dates(kept, other)}",
    "newest": lambda _, kept, other: f"newer, {_dates(kept, other)}",
    "shortest-path": lambda _, _kept, _other: "at the shorter path",
    "in": _folder,
    "not-in": _folder,
}
