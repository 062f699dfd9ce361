"""Every setting has its words on the page, and what can be chosen is possible."""

from __future__ import annotations

import pytest

from difclient.review.setting_words import WORDS
from difd.protocol.settings import Settings, check_value, settings_by_name, value_of


def test_every_setting_is_said_in_words():
    assert WORDS.keys() == settings_by_name().keys()
    assert len({words.label for words in WORDS.values()}) == len(WORDS)


@pytest.mark.parametrize("name", WORDS)
def test_what_can_be_chosen_is_possible_and_the_default_is_among_it(name):
    words, default = WORDS[name], value_of(Settings(), name)
    assert words.is_switch == isinstance(default, bool)
    for value in words.choices:
        if value:
            check_value(name, value)
    if words.choices:
        assert (default or "") in words.choices
