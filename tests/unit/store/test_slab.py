"""What lies in the place of a slab and is none is neither read nor waited for."""

from __future__ import annotations

import os

import pytest

from difd.store.cache.slab import SlabReader, SlabWriter, is_being_written


@pytest.mark.timeout(20)
def test_nobody_waits_for_a_named_pipe_in_the_place_of_a_slab(tmp_path):
    os.mkfifo(tmp_path / "0123456789abcdef.slab")
    assert not SlabReader(tmp_path).slot("0123456789abcdef.slab", (16, 8))
    assert not is_being_written(tmp_path / "0123456789abcdef.slab")
    with pytest.raises(OSError, match=r"seek|slab"):
        SlabWriter(tmp_path / "0123456789abcdef.slab")
