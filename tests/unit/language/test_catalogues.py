"""Every string that people read is in every catalogue, and says the same things there."""

from __future__ import annotations

import gettext
import re
from collections import Counter
from pathlib import Path

import pytest
from babel.messages.catalog import Message
from harness.catalogues import tool

from difclient.language import catalogue
from difclient.language.catalogue import NAMES
from difclient.review.script_words import WORDS
from difshell.menu import LANGUAGES

LOCALE = catalogue.FOLDER
OTHERS = sorted(set(NAMES) - {"en"})

catalogues = tool("clients/catalogues.py")
build = tool("hatch_build.py")


def messages(path: Path) -> list[Message]:
    return [message for message in build.read_catalogue(path) if message.id]


def texts(said: str | tuple[str, ...]) -> tuple[str, ...]:
    return (said,) if isinstance(said, str) else said


@pytest.fixture(scope="module")
def template():
    return catalogues.template()


def test_menus_and_catalogues_have_the_same_languages():
    assert tuple(NAMES) == LANGUAGES
    assert sorted(path.parts[-3] for path in LOCALE.glob("*/LC_MESSAGES/difd.po")) == OTHERS


def test_the_template_is_fresh(template):
    written = {message.id for message in messages(catalogues.TEMPLATE)}
    said = {message.id for message in template if message.id}
    assert written == said, "Run: python clients/catalogues.py"


@pytest.mark.parametrize("language", OTHERS)
def test_nothing_is_missing_and_nothing_is_left_over(template, language):
    found = build.read_catalogue(catalogues.catalogue(language))
    said = {message.id for message in template if message.id}
    assert {message.id for message in found if message.id} == said
    assert not found.obsolete
    lacking = [one.id for one in found if one.id and (one.fuzzy or not all(texts(one.string)))]
    assert not lacking


@pytest.mark.parametrize("language", OTHERS)
def test_what_is_put_in_is_put_in_everywhere(language):
    """And tags and straight quotes are the same, because messages stand in the page's markup."""
    wrong = []
    for message in messages(catalogues.catalogue(language)):
        english, said = texts(message.id), texts(message.string)
        assert len(said) == len(english), message.id
        for one, other in zip(english, said, strict=True):
            if parts(one) != parts(other):
                wrong.append((one, other))
    assert not wrong


def parts(text: str) -> Counter[str]:
    return Counter(re.findall(r'%\(\w+\)s|%%|</?\w+>|["<>&]', text))


@pytest.mark.parametrize("language", OTHERS)
def test_a_space_or_full_stop_at_the_end_is_kept(language):
    for message in messages(catalogues.catalogue(language)):
        for one, other in zip(texts(message.id), texts(message.string), strict=True):
            assert other == other.strip(), other
            assert (one[-1] in ".…") == (other[-1] in ".…"), (one, other)


@pytest.mark.parametrize("language", OTHERS)
def test_what_is_compiled_is_fresh(language):
    compiled = gettext.translation("difd", LOCALE, [language])
    for message in messages(catalogues.catalogue(language)):
        if isinstance(message.id, tuple):
            said = tuple(compiled.ngettext(*message.id, count) for count in (1, 2))
        else:
            said = compiled.gettext(message.id)
        assert said == message.string, "Run: python hatch_build.py"


def test_the_scripts_say_what_they_get():
    said = {message for name, message in catalogues.strings() if name.endswith(".js")}
    assert said == set(WORDS)
