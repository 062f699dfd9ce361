"""The line of a mistake is found in a time that grows with the file, not with its square."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from difd.protocol.errors import InvalidConfiguration
from difd.store.settings_file import SIZE_MAX, change, parse

FILE = Path("/config.toml")
SOON = 5.0
"""Seconds; the square of such a file took a minute."""


def mistake(text: str) -> str:
    with pytest.raises(InvalidConfiguration) as found:
        parse(text, FILE)
    return found.value.message


@pytest.mark.parametrize(
    ("before", "line"),
    [
        ("", 2),
        ("# px_size = 1\n" * 5, 7),
        ("[cache]\n\n", 4),
        ('[search]\nexclude = ["""\npx_size = 3\n""", \'a[b]\', # [ px_size\n]\n\n[actions]\n', 9),
    ],
)
def test_the_line_is_that_of_the_value_and_of_nothing_else(before, line):
    text = f"{before}[daemon]\nidle_minutes = -1\n"
    assert f"in line {line}:" in mistake(text)


def test_dotted_keys_and_tables_have_their_line():
    assert "in line 3:" in mistake("\n# search\nsearch.px_size = 1\n")
    assert "in line 2:" in mistake("\nsearch = 3\n")
    assert "in line 5:" in mistake("[search]\npx_size = 70\n\n[nothing]\nx = 1\n")


@pytest.mark.parametrize(
    "filling",
    [
        "# px_size = 3\n" * 4000,
        "[actions]\nonly = [\n" + '"bytes", # px_size = 3\n' * 2500 + "]\n",
    ],
)
def test_a_file_full_of_what_is_no_mistake_is_answered_soon(filling):
    text = f"{filling}[search]\npx_size = 1\n"
    assert len(text) < SIZE_MAX
    began = time.monotonic()
    assert f"in line {text.count(chr(10))}:" in mistake(text)
    assert time.monotonic() - began < SOON


@pytest.mark.parametrize("text", ["a = " + "9" * 5000, "a = " + "[" * 3000])
def test_what_the_parser_gives_up_on_is_a_sentence(text):
    assert "cannot be read" in mistake(text)
    with pytest.raises(InvalidConfiguration, match="cannot be read"):
        change(text, FILE, "search.px_size", ("50",))
