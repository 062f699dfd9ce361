"""A pattern that is compiled when it is first asked answers as one that was compiled at once."""

from __future__ import annotations

import re

import pytest

from difd.protocol import patterns
from difd.protocol.patterns import pattern


@pytest.mark.parametrize(("text", "asked"), [("a(b+)c", "xabbc"), (rb"(?i)A(b+)", b"abb")])
def test_it_answers_as_one_that_is_compiled_at_once(text, asked):
    lazy, known = pattern(text), re.compile(text)
    assert lazy.search(asked)[1] == known.search(asked)[1]
    assert lazy.findall(asked) == known.findall(asked)
    assert lazy.fullmatch(asked[:0]) is None
    assert (lazy.pattern, lazy.groups, lazy.flags) == (known.pattern, known.groups, known.flags)


def test_it_is_compiled_once_and_not_before(monkeypatch):
    compiled = []

    def compile_it(text, flags=0):
        compiled.append(text)
        return re._compile(text, flags)

    monkeypatch.setattr(patterns.re, "compile", compile_it)
    lazy = pattern("never seen before", re.DOTALL)
    assert not compiled
    for _ in range(3):
        assert lazy.search("it was never seen before")
    assert compiled == ["never seen before"]


def test_what_no_pattern_has_is_missed():
    with pytest.raises(AttributeError):
        pattern("a").nothing  # noqa: B018
