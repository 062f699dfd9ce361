"""What every keep rule decides in a result, and where it is silent."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import pairwise
from typing import Final

import msgspec

from difclient.review.keeping import picture
from difclient.review.result import FoundGroup
from difd.protocol.keep_rules import KeepRule, leading, refined

EXAMPLES_MAX: Final = 5
"""Groups in which a rule is silent that are named."""


class RuleCount(msgspec.Struct):
    """What a rule does, in groups that no rule before it decided.

    Attributes:
        rule: the rule.
        is_implied: it was not given, and follows from the others.
        decides: groups in which one file is left that stays.
        narrows: groups in which some files are no more to stay, and several are left.
        silent: groups in which it finds no difference: all are equal, or nothing is known.
        examples: the first of these.
    """

    rule: KeepRule
    is_implied: bool
    decides: int = 0
    narrows: int = 0
    silent: int = 0
    examples: list[FoundGroup] = msgspec.field(default_factory=list)


class RuleCounts(msgspec.Struct):
    """What keep rules do in some groups.

    Attributes:
        before: groups that are decided before any rule: by a reference folder, or a place where
            files do not stay.
        rules: all of them in their order, also those that are implied.
        open: groups that they leave open.
    """

    before: int
    rules: list[RuleCount]
    open: int


def rule_counts(rules: Sequence[KeepRule], groups: Iterable[FoundGroup]) -> RuleCounts:
    """Count in how many groups each rule decides which file stays.

    Args:
        rules: as they were given.
        groups: those with two files or more that are there.

    Raises:
        InvalidOption: a rule needs what an older version's result does not tell.
    """
    full = refined(rules)
    counts = RuleCounts(0, [RuleCount(rule, rule not in rules) for rule in full], 0)
    for group in groups:
        pictures = [picture(file.member, full) for file in group.files if not file.gone]
        if len(pictures) > 1:
            _count(counts, group, [len(places) for places in leading(full, pictures)])
    return counts


def _count(counts: RuleCounts, group: FoundGroup, left: list[int]) -> None:
    """Count a group, of which so many files are left after each rule."""
    if left[0] == 1:
        counts.before += 1
        return
    for one, (before, after) in zip(counts.rules, pairwise(left), strict=True):
        if after == 1:
            one.decides += 1
            return
        if after < before:
            one.narrows += 1
        else:
            one.silent += 1
            if len(one.examples) < EXAMPLES_MAX:
                one.examples.append(group)
    counts.open += 1
