"""The watched folders on disk."""

from __future__ import annotations

from contextlib import closing

import pytest

from difd.protocol.errors import UsageError
from difd.protocol.options import SearchOptions
from difd.protocol.watching import KnownImage, WatchFind
from difd.store.watch_list import FINDS_KEPT, WatchList


def options(folder: bytes, **more) -> SearchOptions:
    return SearchOptions(paths=(folder,), **more)


def image(path: bytes, watch: bytes, digest: bytes = b"digest") -> KnownImage:
    # Inodes and devices may need all 64 bits.
    numbers = {"device": 2**64 - 1, "inode": 2**64 - 1, "volume": 7}
    times = {"mtime_ns": 1, "ctime_ns": 2, "size": 3}
    return KnownImage(path=path, watch=watch, digest=digest, **numbers, **times)


def find(job: str, *folders: bytes) -> WatchFind:
    return WatchFind(0, 1.0, job, 2, 1, folders)


@pytest.fixture
def watch_list(tmp_path):
    with closing(WatchList(tmp_path / "watched.sqlite")) as made:
        yield made


def owners(watch_list: WatchList) -> dict[bytes, bytes]:
    return {one.path: one.watch for one in watch_list.known()}


def settle(watch_list, images=(), gone=(), learned=(), found=None):
    before = watch_list.generation
    return watch_list.settle(images, gone, learned, (before, f"after {before}"), found)


def test_watches_are_there_after_a_restart(tmp_path):
    path = tmp_path / "watched.sqlite"
    odd = b"/not utf-8 \xff\n"
    with closing(WatchList(path)) as watch_list:
        watch_list.add(options(odd, similarity=5.0), 17)
        settle(watch_list, [image(odd + b"/a", odd)], learned=[odd])
    with closing(WatchList(path)) as watch_list:
        (watch,) = watch_list.watches()
        assert (watch.folder, watch.added_ns, watch.learned) == (odd, 17, True)
        assert watch.options == options(odd, similarity=5.0)
        assert list(watch_list.known()) == [image(odd + b"/a", odd)]
    assert path.stat().st_mode & 0o777 == 0o600


def test_a_folder_that_is_added_again_gets_the_options_and_is_learned_again(watch_list):
    watch_list.add(options(b"/p"), 1)
    settle(watch_list, [image(b"/p/a", b"/p")], learned=[b"/p"])
    watch_list.add(options(b"/p", rotate=False), 2)
    (watch,) = watch_list.watches()
    assert (watch.options.rotate, watch.learned, watch.added_ns) == (False, False, 2)
    assert watch_list.known_count(b"/p") == 1


def test_files_that_cannot_be_read_are_no_pictures(watch_list):
    watch_list.add(options(b"/p"), 1)
    watch_list.learn([image(b"/p/a", b"/p"), image(b"/p/broken", b"/p", b"")])
    assert watch_list.known_count(b"/p") == 1
    assert len(list(watch_list.known())) == 2


def test_a_look_is_written_down_in_one_step(watch_list):
    watch_list.add(options(b"/p"), 1)
    settle(watch_list, [image(b"/p/a", b"/p")])
    made = settle(watch_list, [image(b"/p/b", b"/p")], gone=[b"/p/a"], found=find("j", b"/p"))
    assert made.number == 1
    assert set(owners(watch_list)) == {b"/p/b"}
    assert watch_list.watches()[0].last == made
    assert watch_list.finds(0) == [made]
    assert watch_list.finds(1) == []
    assert watch_list.newest_find() == 1


def test_the_mark_tells_whether_anything_else_changed_what_is_known(watch_list):
    watch_list.add(options(b"/p"), 1)
    before = watch_list.generation
    watch_list.settle([], [], [], (before, "look"))
    assert watch_list.generation == "look"
    watch_list.add(options(b"/q"), 1)
    watch_list.settle([], [], [], ("look", "next look"))
    assert watch_list.generation not in {"look", "next look"}


def test_what_is_learned_of_a_folder_that_is_watched_no_longer_is_dropped(watch_list):
    watch_list.add(options(b"/p"), 1)
    watch_list.remove([b"/p"])
    settle(watch_list, [image(b"/p/a", b"/p")])
    assert owners(watch_list) == {}


def test_all_folders_are_removed_or_none(watch_list):
    watch_list.add(options(b"/p"), 1)
    with pytest.raises(UsageError, match="not watched"):
        watch_list.remove([b"/p", b"/q"])
    assert [watch.folder for watch in watch_list.watches()] == [b"/p"]


def test_a_folder_in_a_watched_one_takes_over_what_is_in_it_and_gives_it_back(watch_list):
    watch_list.add(options(b"/p"), 1)
    watch_list.learn([image(b"/p/a", b"/p"), image(b"/p/in/b", b"/p"), image(b"/p/in0", b"/p")])
    watch_list.add(options(b"/p/in"), 1)
    assert owners(watch_list) == {b"/p/a": b"/p", b"/p/in/b": b"/p/in", b"/p/in0": b"/p"}
    watch_list.remove([b"/p/in"])
    assert set(owners(watch_list).values()) == {b"/p"}
    watch_list.remove([b"/p"])
    assert owners(watch_list) == {}


def test_old_finds_are_forgotten_and_numbers_never_used_twice(watch_list):
    watch_list.add(options(b"/p"), 1)
    for number in range(FINDS_KEPT + 3):
        settle(watch_list, found=find(f"j{number}", b"/p"))
    assert len(watch_list.finds(0)) == FINDS_KEPT
    assert watch_list.newest_find() == FINDS_KEPT + 3
