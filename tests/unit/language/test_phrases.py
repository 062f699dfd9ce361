"""What the daemon says in English is in the list of phrases, and the list has nothing else."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

import difd
from difclient.language.catalogue import speaking
from difclient.language.daemon_words import LOSSES, PHRASES, SEVERAL, THINGS
from difclient.language.phrases import is_loss, spoken, things
from difd.engine.read.value.kinds import SORTS
from difd.protocol import passing
from difd.protocol.actions import PAIR

DAEMON = Path(difd.__file__).parent

SAYING = (
    "engine/group/beside.py",
    "engine/group/keep.py",
    "engine/edited/changes.py",
    "engine/prove/removal.py",
    "engine/prove/detail.py",
    "protocol/keep_rules/rules.py",
    "protocol/rights.py",
    "actions/plan/choice.py",
    "actions/plan/choosing.py",
    "actions/plan/planner.py",
    "actions/plan/surroundings.py",
)
"""Modules whose sentences stand on the page in ordinary use."""

NAME = "IMG_1"

PARTS = {
    f"shows {NAME} on {NAME} of its area",
    f"it is newer, {NAME}",
    f"it is older, {NAME}",
    "by less than a second",
    f"{NAME}, and stays.",
    f"{NAME} beside it {NAME}",
    f"Valid rules are: {NAME}.",
}
"""What these modules put together of parts, each in its few ways, and what they say to others."""

OF_PARTS = {
    "it is gone already",  # said by the page itself
    "it is older, by less than a second",
    "it is newer, by less than a second",
    "it belongs to another user, and stays",
    "it is write-protected, and stays",
    "%(name)s beside it stays",
    "%(names)s beside it stay",
    "shows it on %(share)s of its area",
    "shows a part of it on %(share)s of its area",
    "another process is changing files; this waits for its end",
}
"""Phrases that are put together of parts."""


def clauses(module: Path) -> Iterator[str]:
    """What a module returns, yields or has as a constant, as a clause or sentence; names put in."""
    for node in ast.walk(ast.parse(module.read_text())):
        match node:
            case ast.Return(value=value) | ast.Yield(value=value) | ast.Lambda(body=value):
                found = value
            case ast.AnnAssign(target=ast.Name(id=name), value=value) if name.isupper():
                found = value
            case ast.Call(func=ast.Name(id="_against" | "Stays"), args=[value]):
                found = value
            case _:
                continue
        values = [found.body, found.orelse] if isinstance(found, ast.IfExp) else [found]
        for value in values:
            text = words(value)
            if text is not None and re.search(r"[a-z] [a-z]", text) and "{" not in text:
                yield text


def words(node: ast.expr | None) -> str | None:
    match node:
        case ast.Constant(value=str(text)):
            return text
        case ast.JoinedStr(values=values):
            parts = (words(one) if isinstance(one, ast.Constant) else NAME for one in values)
            return "".join(part or "" for part in parts)
        case _:
            return None


@pytest.mark.parametrize("module", SAYING)
def test_what_the_daemon_says_is_in_the_list(module):
    found = set(clauses(DAEMON / module))
    assert found
    with speaking("de"):
        assert not {text for text in found if spoken(text) == text} - PARTS


def test_the_list_has_nothing_that_the_daemon_does_not_say():
    said = "\n".join(
        re.sub(r'"\s*\n\s*f?"', "", path.read_text()).lower() for path in DAEMON.rglob("*.py")
    )
    said = re.sub(r"\{[^{}\n]*\}", "*", said)
    gone = []
    for phrase in PHRASES:
        pieces = re.split(r"%\(\w+\)s", phrase.lower())
        if not all(piece.strip(" '\"():") in said for piece in pieces):
            gone.append(phrase)
    assert set(gone) == OF_PARTS


def test_everything_that_a_file_can_hold_is_in_the_list():
    assert {sort.one for sort in SORTS.values()} == THINGS
    assert {sort.more for sort in SORTS.values()} == SEVERAL


def test_every_place_where_files_do_not_stay_is_in_the_list():
    kinds = {value for name, value in vars(passing).items() if name.isupper() and " " in str(value)}
    places = {kind for kind in kinds if isinstance(kind, str)}
    assert len(places) == 8
    assert places <= set(PHRASES)


@pytest.mark.parametrize(
    ("english", "german"),
    [
        ("It has changed since the search.", "Sie hat sich seit der Suche geändert."),
        (PAIR, "Sie ist die Hälfte eines Paars aus RAW und JPEG, und die andere Hälfte bleibt."),
        ("cropped to 62 %", "zugeschnitten auf 62 %"),
        (
            "it is the larger file, 12,345 bytes against 1,000",
            "sie ist die größere Datei, 12.345 Byte gegen 1.000",
        ),
        (
            "it cannot be removed: its folder is read-only for you",
            "sie lässt sich nicht entfernen: ihr Ordner ist für Sie schreibgeschützt",
        ),
        (
            "it holds a movie of 4 kB, 3 keywords and more, which the other one lacks",
            "sie hat etwas, das der anderen fehlt: ein Film von 4 kB, 3 Stichwörter und mehr",
        ),
        ("A sentence that nobody translated.", "A sentence that nobody translated."),
        ("", ""),
    ],
)
def test_sentences_are_said_in_german(english, german):
    with speaking("de"):
        assert spoken(english) == german
    assert spoken(english) == english


def test_names_stay_as_they_are_whatever_they_say():
    name = "it is older, 1 against 2; keep 100% (sure)"
    with speaking("de"):
        said = spoken(f"its name is not that of a copy, as the other one's is: {name}")
    assert said.endswith(f": {name}")


def test_what_a_file_holds_is_said_in_german():
    with speaking("de"):
        said = things("the caption 'Hi, you', 2 movies")
        assert said == "die Bildunterschrift 'Hi, you', 2 Filme"
        assert things("what nobody knows") == "what nobody knows"


def test_a_warning_of_a_loss_is_told_from_others():
    samples = [re.sub(r"%\(\w+\)s", NAME, phrase) for phrase in LOSSES]
    assert all(map(is_loss, samples))
    assert not is_loss("only the names decide which of the two stays")
    assert not is_loss("the destination is on another file system: it is copied, checked, removed")
