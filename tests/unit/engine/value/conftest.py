"""Short ways to walk what tests make."""

from __future__ import annotations

import io

import pytest

from difd.engine.read.value.packed import in_words
from difd.engine.read.value.survey import Survey, survey


@pytest.fixture
def walk():
    """Walk a content; the survey."""

    def run(content: bytes, kind: str = "") -> Survey:
        return survey(io.BytesIO(content), kind)

    return run


@pytest.fixture
def words(walk):
    """What a content holds beside its pixels, in words."""
    return lambda content, kind="": in_words(
        (item.kind, item.note) for item in walk(content, kind).items
    )
