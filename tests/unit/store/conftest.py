"""A cache of the test's own, and pictures to keep in it."""

from __future__ import annotations

import numpy as np
import pytest
from harness.caches import gallery, settle
from harness.pictures import photo, with_alpha
from PIL import Image

from difd.store.cache.tensor_cache import TensorCache


@pytest.fixture(scope="module")
def settled(tmp_path_factory):
    """Pictures of all kinds, old enough for their stat to be trusted. Not to be changed."""
    folder = gallery(tmp_path_factory.mktemp("settled"))
    with_alpha().save(folder / "clear.png")
    frames = [photo(70, 50).rotate(10 * n) for n in range(4)]
    frames[0].save(folder / "moves.gif", save_all=True, append_images=frames[1:], duration=50)
    Image.fromarray(np.linspace(-3, 7, 600, dtype=np.float32).reshape(20, 30)).save(
        folder / "float.tif"
    )
    settle(folder)
    return folder


@pytest.fixture
def place(tmp_path):
    return tmp_path / "cache" / "tensors"


@pytest.fixture
def cache(place):
    made = TensorCache(place)
    yield made
    made.close()
