"""The thread that writes a batch down: what it settled, and what failed in it, is told."""

from __future__ import annotations

import pytest

from difd.store.cache.batch import Writing
from difd.store.cache.tensor_cache import TensorCache


def fail() -> list:
    raise ValueError("not of the disk")


def test_what_fails_is_told_once_and_what_comes_then_is_done():
    writing = Writing()
    writing.begin(fail)
    with pytest.raises(ValueError, match="not of the disk"):
        writing.end()
    done: list[str] = []
    writing.begin(lambda: done.append("done") or [])
    assert writing.end() == []
    assert done == ["done"]


def test_a_cache_is_closed_though_writing_failed(tmp_path):
    cache = TensorCache(tmp_path / "cache")
    cache._writing.begin(fail)
    with pytest.raises(ValueError, match="not of the disk"):
        cache.close()
    assert cache._index is None
