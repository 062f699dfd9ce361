"""Which of several matching files stays, and why: the keep rules on records.

Rules are data; the first one in which two files differ decides, and the path decides the rest.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from difd.engine.record import Record
from difd.protocol.keep_rules import KeepRule, Picture, read_rules


@dataclass(frozen=True, slots=True)
class KeepOrder:
    """Keep rules in their order.

    Files in reference folders come before all others, whatever the rules say.
    """

    rules: tuple[KeepRule, ...]

    def key(self, record: Record) -> tuple[object, ...]:
        """A sort key: the file to keep comes first. Never equal for two files."""
        picture = _picture(record)
        ranks = [rule.rank(picture) for rule in self.rules]
        return (not record.file.reference, *ranks, record.file.path)

    def is_tie(self, one: Record, other: Record) -> bool:
        """Whether nothing but their paths decides between two files."""
        return self.key(one)[:-1] == self.key(other)[:-1]

    def reason(self, kept: Record, other: Record) -> str:
        """Why `kept` stays and not `other`, as the continuation of "it is"."""
        if kept.file.reference and not other.file.reference:
            return "in a reference folder"
        one, two = _picture(kept), _picture(other)
        for rule in self.rules:
            if rule.rank(one) != rule.rank(two):
                return rule.reason(one, two)
        return "equal by every rule, and first by path"


def parse_rules(texts: Iterable[str]) -> KeepOrder:
    """Read keep rules as people write them.

    Raises:
        InvalidOption: an unknown rule, a rule without what it needs, or one given twice.
    """
    return KeepOrder(read_rules(texts))


def _picture(record: Record) -> Picture:
    return Picture(
        record.width,
        record.height,
        record.file.size,
        record.file.mtime_ns,
        record.format,
        record.metadata,
        record.file.path,
    )
