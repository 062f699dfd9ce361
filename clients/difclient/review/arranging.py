"""Keep rules in a form: chips that are arranged by hand, and the same as text.

The rules of a result, the form of a search and the settings show them alike.
"""

from __future__ import annotations

from typing import Any

from difclient.review.form import Form
from difclient.review.reasons import valid_rules
from difclient.review.result import FoundGroup
from difclient.review.rule_counts import rule_counts
from difclient.review.rule_words import (
    as_text,
    key_of,
    menu,
    of_text,
    received,
    sent,
    words_of,
)
from difd.protocol.keep_rules import FOLDER_RULES, PATTERN_RULES, read_rules


def arranged_rules(form: Form) -> tuple[str, ...]:
    """The keep rules that the page sent: as they were arranged, or as text if that was changed.

    Raises:
        InvalidOption, PathNotFound: they cannot be read.
    """
    typed = typed_rules(form)
    keep = received(form.all("keep")) if typed is None else of_text(typed)
    read_rules(keep)
    return keep


def typed_rules(form: Form) -> str | None:
    """The rules as text, if somebody changed that; browsers send lines with a return."""
    typed, was = (form.one(name).replace("\r\n", "\n") for name in ("text", "was"))
    return None if typed == was else typed


def arranging(keep: tuple[str, ...]) -> dict[str, Any]:
    """What `keeping.html` is filled with: rules, and those that can be added."""
    return {
        "menu": menu(),
        "picks": FOLDER_RULES,
        "written": PATTERN_RULES | {"format"},
        "keep_rules": valid_rules(),
        "turn": "",
        "moved": "",
        **chips(keep),
    }


def answered(form: Form, keep: tuple[str, ...]) -> dict[str, Any]:
    """What `arranged.html` is filled with: the rules that a form sent, as they were taken."""
    return {
        "typed": typed_rules(form),
        "turn": form.one("turn"),
        "moved": sent(received([form.one("moved")]))[0],
        **chips(keep),
    }


def chips(keep: tuple[str, ...], groups: list[FoundGroup] | None = None) -> dict[str, Any]:
    """What the arranged rules are shown with; without groups they have no counts."""
    rules = read_rules(keep)
    counts = rule_counts(rules, groups or ())
    given = dict(zip(rules, zip(keep, sent(keep), strict=True), strict=True))
    return {
        "chips": [
            (one, words_of(one.rule), *(given.get(one.rule, ("", "")))) for one in counts.rules
        ],
        "counts": None if groups is None else counts,
        "text": as_text(keep),
        "key_of": key_of,
    }
