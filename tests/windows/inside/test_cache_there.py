"""The tensor cache on Windows, which removes no file that is mapped."""

from __future__ import annotations

import os
from contextlib import closing
from pathlib import Path

import numpy as np
from harness.records import InPlacePool
from PIL import Image

from difd.engine import pipeline
from difd.protocol.options import SearchOptions
from difd.store.cache import upkeep
from difd.store.cache.layout import slab_folder
from difd.store.cache.slab import SlabReader
from difd.store.cache.tensor_cache import TensorCache


def build(cache: TensorCache, folder: Path, count: int) -> None:
    """Have pictures in the cache."""
    folder.mkdir(exist_ok=True)
    chance = np.random.default_rng(count)
    for number in range(count):
        small = chance.integers(0, 256, (12, 16, 3), dtype=np.uint8)
        Image.fromarray(small).resize((320, 240)).save(folder / f"{number}.jpg")
    options = SearchOptions(paths=(os.fsencode(folder),))
    pipeline.build(options, InPlacePool(), lambda _: None, lambda: False, cache)


def slabs(directory: Path) -> list[Path]:
    return sorted(slab_folder(directory).glob("*.slab"))


def test_a_cache_at_rest_is_cleared_in_full(tmp_path):
    directory = tmp_path / "cache"
    with closing(TensorCache(directory)) as cache:
        build(cache, tmp_path / "pictures", 2)
        cache.rest()
        before = upkeep.info(directory)
        assert before.records == 2
        assert upkeep.clear(directory) > 0
        assert slabs(directory) == []
        build(cache, tmp_path / "pictures", 2)
        assert upkeep.info(directory).records == 2


def test_what_is_mapped_stays_until_nobody_has_it(tmp_path):
    directory = tmp_path / "cache"
    with closing(TensorCache(directory)) as cache:
        build(cache, tmp_path / "pictures", 2)
        cache.rest()
        (slab,) = slabs(directory)
        reader = SlabReader(slab.parent)
        mapped = reader.slot(slab.name, (0, 16))
        assert mapped
        upkeep.clear(directory)
        assert upkeep.info(directory).records == 0
        mapped = None
        reader.forget()
        cache.begin()
        assert slabs(directory) == []


def test_room_is_made_while_others_read(tmp_path):
    directory = tmp_path / "cache"
    with closing(TensorCache(directory)) as cache:
        build(cache, tmp_path / "pictures", 6)
        cache.rest()
        (slab,) = slabs(directory)
        reader = SlabReader(slab.parent)
        mapped = reader.slot(slab.name, (0, 16))
        assert mapped
        cache.limit = upkeep.info(directory).bytes // 2
        build(cache, tmp_path / "more", 3)
        assert upkeep.info(directory).records > 0
        mapped = None
        reader.forget()
        cache.rest()
        cache.begin()
        assert slab not in slabs(directory)
