"""What difPy 4.2.1 wastes, and difd beside it; the table is in `test_difpy_defects`."""

from __future__ import annotations

import json
import pickle
import tracemalloc

import numpy as np
import pytest
from harness.caches import build as build_with
from harness.caches import gallery, settle
from harness.difpy import difpy
from harness.instance import wait_until
from harness.pictures import photo
from harness.records import InPlacePool, make_library, make_options, make_record, run
from PIL import Image

from difclient.client import Client
from difd.engine import pipeline
from difd.store.cache.tensor_cache import TensorCache

pytestmark = pytest.mark.usefixtures("instance")


class WeighingPool(InPlacePool):
    """A pool that weighs what would be sent to another process."""

    def __init__(self):
        super().__init__()
        self.heaviest = 0

    def map(self, function, items):
        for item, answer in super().map(function, items):
            self.heaviest = max(self.heaviest, len(pickle.dumps((function, item))))
            yield item, answer


def test_defect_30_difpy_sends_all_tensors_with_every_batch_of_work(tmp_path):
    for number in range(8):
        photo(60 + number, 40).save(tmp_path / f"{number}.png")
        photo(60 + number, 40).rotate(90, expand=True).save(tmp_path / f"turned {number}.png")
    answer = difpy(
        """
        import pickle
        dif = difPy.build(folder)
        search = difPy.search(dif)
        # What Pool.map sends with every batch: the method, and with it the object that it is of.
        sent = len(pickle.dumps(search._find_matches))
        tensors = sum(tensor.nbytes for tensor in dif._tensor_dictionary.values())
        """,
        folder=tmp_path,
    )
    assert answer.names.sent > answer.names.tensors == 16 * 50 * 50 * 3
    pool = WeighingPool()
    options = make_options(paths=(bytes(tmp_path),), px_size=50)
    library = pipeline.build(options, pool, lambda _: None, lambda: False)
    outcome = pipeline.search(library, options, pool, lambda _: None, lambda: False)
    assert pool.calls == 16 + 8
    assert outcome.summary.groups == 8
    assert pool.heaviest < 1000


def noises(count: int):
    """Pictures that resemble nothing, (count, 10, 10, 3) uint8."""
    return np.random.default_rng(6).integers(0, 256, (count, 10, 10, 3), np.uint8)


def peak_of(count: int) -> int:
    """Most bytes that a search of so many images takes."""
    options = make_options(similarity=5.0)
    records = [make_record(f"/p/{n:05}", pixels) for n, pixels in enumerate(noises(count))]
    library = make_library(records, options)
    tracemalloc.start()
    run(library, options)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    return peak


def test_defect_31_difpy_lists_all_pairs_in_memory(tmp_path):
    peaks = []
    for count in (200, 400):
        folder = tmp_path / str(count)
        folder.mkdir()
        for number, pixels in enumerate(noises(count)):
            Image.fromarray(pixels).save(folder / f"{number}.png")
        answer = difpy(
            """
            import tracemalloc
            dif = difPy.build(folder, px_size=10)
            tracemalloc.start()
            difPy.search(dif, rotate=False)
            peak = tracemalloc.get_traced_memory()[1]
            """,
            folder=folder,
        )
        peaks.append(answer.names.peak)
    assert peaks[1] > 3 * peaks[0]
    peak_of(100)  # what is imported once
    # Twice the images take at most twice the memory; a list of all pairs would take four times.
    assert peak_of(2800) < 2.1 * peak_of(1400)


def test_defect_32_difpy_reads_everything_again(tmp_path):
    folder = gallery(tmp_path / "a")
    answer = difpy(
        """
        from PIL import Image
        opened = Image.open
        def logged(path, *more):
            with (Path(place) / "log").open("a") as log:
                log.write("opened\\n")
            return opened(path, *more)
        Image.open = logged
        # Processes are forked, and take this along.
        for _ in range(2):
            difPy.build(folder)
        reads = len((Path(place) / "log").read_text().splitlines())
        """,
        folder=folder,
        place=tmp_path,
    )
    assert answer.names.reads == 12
    settle(folder)
    cache = TensorCache(tmp_path / "cache")
    assert len(build_with(folder, cache).decoded) == 6
    assert build_with(folder, cache).decoded == []
    cache.close()


def test_defect_32_difpy_can_neither_be_cancelled_nor_taken_up_again(instance, tmp_path):
    """It has no such call (dif.py, lines 258 and 668 name all); a search of difd has both."""
    folder = tmp_path / "many"
    folder.mkdir()
    for number in range(30):
        photo(1000 + number, 1000).save(folder / f"{number}.png", compress_level=1)
    started = instance.difctl("search", "--no-wait", "--json", folder)
    job = json.loads(started.stdout)["job"]
    with Client() as client:
        wait_until(lambda: client.job(job).progress.decoded > 0)
        instance.difctl("cancel", job)
        wait_until(lambda: client.job(job).state == "cancelled")
    resumed = instance.difctl("resume", job, "--json")
    assert resumed.returncode == 0
    assert json.loads(resumed.stdout)["stats"]["process"]["search"]["files_searched"] == 30
