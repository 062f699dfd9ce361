"""The cache's room: whose it is, how large it may become, and what goes first."""

from __future__ import annotations

import shutil
import sqlite3
import stat
import struct
from contextlib import closing

import msgspec
import pytest
from harness.caches import build, gallery, same, settle
from PIL import Image

from difd.protocol.errors import OwnFilesUnsafe
from difd.store.cache import layout, upkeep
from difd.store.cache.index import CacheIndex
from difd.store.cache.tensor_cache import TensorCache


def test_the_cache_is_nobody_elses(settled, cache, place):
    build(settled, cache)
    folders = [place.parent, place, place / "slabs"]
    assert [stat.S_IMODE(path.stat().st_mode) for path in folders] == [0o700] * 3
    files = [path for path in place.rglob("*") if path.is_file()]
    assert len(files) >= 2
    assert {stat.S_IMODE(path.stat().st_mode) for path in files} == {0o600}


@pytest.mark.parametrize("trick", ["link", "open to others"])
def test_a_cache_that_others_could_have_made_is_refused(settled, cache, place, trick):
    place.parent.mkdir()
    if trick == "link":
        (place.parent / "elsewhere").mkdir(mode=0o700)
        place.symlink_to(place.parent / "elsewhere")
    else:
        place.mkdir()
        place.chmod(0o777)
    refused = r"is a link|can be changed by other users"
    for work in (
        lambda: build(settled, cache),
        lambda: upkeep.info(place),
        lambda: upkeep.verify(place),
        lambda: upkeep.clear(place),
    ):
        with pytest.raises(OwnFilesUnsafe, match=refused):
            work()
    assert list(place.iterdir()) == []


def test_info_says_what_is_there_and_clear_leaves_nothing(settled, cache, place):
    assert upkeep.info(place).records == 0
    assert not place.exists()
    build(settled, cache)
    shutil.copy(settled / "0.png", place.parent / "copy.png")
    build(place.parent / "copy.png", cache)
    info = upkeep.info(place)
    assert (info.records, info.files, info.directory) == (9, 10, str(place))
    on_disk = sum(path.stat().st_size for path in place.rglob("*") if path.is_file())
    assert info.bytes == on_disk
    assert upkeep.verify(place) == upkeep.CacheCheck(9, 0, rebuilt=False)
    freed = upkeep.clear(place)
    assert freed > 9 * 1200
    assert upkeep.info(place).records == 0
    assert list((place / "slabs").iterdir()) == []


def test_a_search_goes_on_when_the_cache_is_cleared_under_it(settled, cache, place):
    first = build(settled, cache)
    upkeep.clear(place)
    assert same(first.records["0.png"], build(settled, None).records["0.png"])
    assert len(build(settled, cache).decoded) == 9
    assert build(settled, cache).decoded == []
    assert upkeep.verify(place).records == 9


def test_the_least_recently_used_records_go_first_and_the_limit_holds(tmp_path, place):
    folders = [gallery(tmp_path / name, 8) for name in ("old", "used", "new")]
    for number, folder in enumerate(folders):
        for path in folder.iterdir():
            picture = Image.open(path)
            picture.rotate(90 * number, expand=True).save(path)
    settle(*folders)
    limit = 200 * 1024
    cache = TensorCache(place, limit)
    build(folders[0], cache, px=50)
    build(folders[1], cache, px=50)
    index = CacheIndex(layout.index_path(place))
    rows = list(index.slots_by_use())
    with index.transaction():  # an hour has passed since the first was used
        old = {record.digest for record in build(folders[0], cache, px=50).records.values()}
        hour = min(row.used for row in rows)
        index.put_slots(
            row._replace(used=hour - 2 if row.digest in old else hour - 1) for row in rows
        )
    index.close()
    build(folders[1], cache, px=50)
    for _ in range(3):
        build(folders[2], cache, px=50)
        assert layout.disk_bytes(place) <= limit
    assert build(folders[2], cache, px=50).decoded == []
    assert build(folders[1], cache, px=50).decoded == []
    assert len(build(folders[0], cache, px=50).decoded) >= 4
    assert upkeep.verify(place).damaged == 0
    cache.close()


def test_a_cache_that_is_too_small_for_one_build_still_gives_all_records(settled, place):
    cache = TensorCache(place, 30_000)
    for _ in range(2):
        built = build(settled, cache, px=50)
        fresh = build(settled, None, px=50)
        assert all(same(record, fresh.records[name]) for name, record in built.records.items())
        assert len(built.records) == 9
    assert upkeep.verify(place).damaged == 0
    cache.close()


def test_the_cache_of_version_1_goes_when_a_new_one_is_begun(settled, cache, place):
    former = place.with_name("tensors-1")
    (former / "slabs").mkdir(parents=True, mode=0o700)
    described = msgspec.msgpack.encode([bytes(16), "50 px, exact, image, engine 3", 4, 3])
    slot = struct.pack("<16sQQ", bytes(16), len(described), 1) + described + b"x"
    (former / "slabs" / "0123456789abcdef.slab").write_bytes(slot)
    shutil.copy(settled / "0.png", former / "slabs" / "ffffffffffffffff.slab")
    with closing(sqlite3.connect(former / "index.sqlite")) as index:
        index.execute("CREATE TABLE slabs (id)")
    (place.with_name("compiled") / "loops").mkdir(parents=True, mode=0o700)
    (place.with_name("compiled") / "loops" / "a.nbi").write_bytes(b"a pickle")
    build(settled, cache)
    assert not place.with_name("compiled").exists()
    left = [path for path in former.rglob("*") if path.is_file()]
    assert left == [former / "slabs" / "ffffffffffffffff.slab"]
    left[0].unlink()
    build(settled, TensorCache(place))
    assert not former.exists()
