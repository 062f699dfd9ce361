"""What the review page keeps and fetches, with a daemon behind it and no page before it."""

from __future__ import annotations

import asyncio
import os
import signal
from contextlib import closing

import pytest
from harness.photos import small_photo
from harness.searches import searched

from difclient.review.callers import Callers
from difclient.review.shelf import Shelf


async def wanted() -> bool:
    return False


async def given_up() -> bool:
    return True


@pytest.mark.daemon("own")
def test_a_comparison_that_nobody_waits_for_any_more_is_not_made(instance, tmp_path):
    for name in ("coffee.png", "chelsea.png", "rocket.jpg"):
        stem = tmp_path / "Pictures" / name.partition(".")[0]
        small_photo(name, stem.with_suffix(".png"))
        small_photo(name, stem.with_suffix(".jpg"), quality=97)
    job = searched(instance, tmp_path / "Pictures", "-s", "similar")["job"]
    with closing(Callers(1, "daemon")) as daemon, closing(Callers(3, "pictures")) as pictures:
        shelf = Shelf(daemon, pictures)

        async def ask() -> list[object]:
            return await asyncio.gather(
                shelf.differences(job, 2, 1, wanted),
                shelf.differences(job, 5, 4, given_up),
                shelf.differences(job, 8, 7, wanted),
                shelf.differences(job, 2, 1, given_up),
            )

        one, left, other, again = asyncio.run(ask())
        assert isinstance(one, tuple)
        assert isinstance(other, tuple)
        assert left is None
        assert again is None
        assert asyncio.run(shelf.differences(job, 2, 1, given_up)) == one, "it is known by now"


@pytest.mark.daemon("own")
def test_a_comparison_that_runs_is_stopped_when_nobody_waits_for_it_any_more(instance, tmp_path):
    """Its worker stands still, so it would never end by itself."""
    small_photo("coffee.png", tmp_path / "Pictures" / "1.png")
    small_photo("coffee.png", tmp_path / "Pictures" / "1.jpg", quality=97)
    job = searched(instance, tmp_path / "Pictures", "-s", "similar")["job"]
    with closing(Callers(1, "daemon")) as daemon, closing(Callers(3, "pictures")) as pictures:
        shelf = Shelf(daemon, pictures)
        before = asyncio.run(shelf.picture(job, 1, 120))
        workers = instance.workers()
        for worker in workers:
            os.kill(worker, signal.SIGSTOP)
        looks = iter([False, False, True])

        async def left_in_the_middle() -> bool:
            return next(looks)

        assert asyncio.run(shelf.differences(job, 2, 1, left_in_the_middle)) is None
        assert set(workers) - set(instance.workers()), "it was ended"
        assert asyncio.run(shelf.picture(job, 2, 120)), "other pictures are made as before"
        assert isinstance(asyncio.run(shelf.differences(job, 2, 1, wanted)), tuple)
        assert before
