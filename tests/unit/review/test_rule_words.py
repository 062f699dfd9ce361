"""Keep rules in words, as text, and on their way between page and gateway."""

from __future__ import annotations

import os

import pytest

from difclient.review.rule_words import WORDS, as_text, menu, of_text, received, sent, words_of
from difd.protocol.errors import InvalidOption, PathNotFound
from difd.protocol.keep_rules import WRITTEN, read_rules
from difd.protocol.keep_rules.rules import KINDS
from difd.protocol.options import KEEP_RULES


def test_every_rule_has_words_and_an_example_and_can_be_added():
    assert set(WORDS) == set(KINDS)
    assert set(menu()) == {one.partition(":")[0] for one in WRITTEN}
    for name, words in WORDS.items():
        assert words.stays
        assert words.example
        assert bool(KINDS[name].argument) == ("%(what)s" in words.stays), name


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("resolution", "the larger picture"),
        ("format:PNG>jpg", "the better format: png > jpeg"),
        ("in:/p/Rome", "files in /p/Rome"),
        ("folder:/p/A>/p/B", "files in the first of these folders: /p/A > /p/B"),
        ("not-name:*edited*", "files not named *edited*"),
        ("in:/p/\udcff\n!", "files in /p/\\xff\\n!"),
    ],
)
def test_a_rule_is_said_in_words(text, words):
    (rule,) = read_rules([text])
    assert words_of(rule) == words


def test_names_that_are_no_text_come_back_as_they_were():
    texts = ("in:/p/\udcff\n, newest", "resolution", "name:ü>*")
    assert received(sent(texts)) == texts
    assert all(one.isascii() and one.isprintable() for one in sent(texts))


def test_the_text_is_what_keep_takes(tmp_path):
    assert of_text(as_text(KEEP_RULES)) == KEEP_RULES
    assert of_text("bytes,\n newest\r\n,,  Resolution ,") == ("bytes", "newest", "Resolution")
    folder = tmp_path / "a, b"
    folder.mkdir()
    assert of_text(f"in:{folder}, newest") == (f"in:{folder}", "newest")
    assert of_text("") == ()


def test_a_folder_may_be_typed_with_a_tilde(monkeypatch, tmp_path):
    monkeypatch.setenv("HOME", os.fspath(tmp_path))
    assert of_text("in:~") == (f"in:{tmp_path}",)


@pytest.mark.parametrize(
    "text", ["prettiest", "bytes, prettiest", "name:", "bytes, bytes", "details"]
)
def test_text_that_is_no_rule_is_refused(text):
    with pytest.raises(InvalidOption):
        of_text(text)


def test_a_folder_that_is_not_there_is_refused(tmp_path):
    with pytest.raises(PathNotFound):
        of_text(f"in:{tmp_path / 'nowhere'}")
