"""An error as people read it: what happened, and to what."""

from __future__ import annotations

import os

import pytest

from difd.protocol.errors import UsageError


@pytest.mark.parametrize(
    ("message", "path", "sentence"),
    [
        ("There is nothing to undo.", None, "There is nothing to undo."),
        ("This folder is not watched.", b"/p", "This folder is not watched: /p"),
        (
            "It cannot be read: Permission denied.",
            b"/p",
            "It cannot be read: Permission denied (/p)",
        ),
        ("'/p' does not exist.", b"/p", "'/p' does not exist."),
    ],
)
def test_a_path_is_said_once_and_after_the_words(message, path, sentence):
    assert UsageError(message, path=path).sentence(os.fsdecode) == sentence
