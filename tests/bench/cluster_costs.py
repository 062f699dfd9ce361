"""What the steps of a search on a cluster cost each: in processor time, for `bench.scaling`.

Real workers on this machine say what a task costs beside its work.
"""

from __future__ import annotations

import os
import pickle
import tempfile
import time
import tracemalloc
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from harness.cluster import DaskCluster
from harness.pictures import found
from harness.records import InPlacePool

from bench.corpus import cache, photo_folder
from bench.matching import options_of, records_of
from bench.table import Row, show
from difd.engine.match.comparison import Comparison
from difd.engine.match.shards import Sharding, compare_stretches
from difd.engine.match.signature import signatures
from difd.engine.read.decode import read
from difd.engine.record import ReadRequest
from difd.pools.dask.pool import DaskPool

MEASURED = 50_000
THRESHOLD = 5.0


@dataclass(frozen=True)
class Costs:
    """Seconds of a processor, or bytes, of one of each.

    Attributes:
        photo: reading a photo of 12 megapixels, quick look.
        record: taking its record in on the engine host: digests, cache, lists.
        signature: the numbers of one image, on the engine host.
        pair: a pair of a tile that is ruled out.
        match: a match, decided and sent back, on the worker.
        shard: taking one image into a shard and packing it, on the engine host.
        task: a task, beside its work, on the engine host.
        image_bytes: of a shard, per image.
        host_bytes: of the engine host's memory, per image, without mapped tensors.
    """

    photo: float
    record: float
    signature: float
    pair: float
    match: float
    shard: float
    task: float
    image_bytes: float
    host_bytes: float


def sharding_of(comparison: Comparison) -> Sharding:
    """The cut of a comparison for a cluster."""
    slabs, points = comparison._slabs(), comparison._points
    return Sharding(comparison._terms, slabs, points, comparison._block, comparison._shard)


def costs(task: float) -> Costs:
    """Measure everything but the overhead of a task."""
    records = records_of(MEASURED)
    tensors = [record.tensor for record in records]
    begun = time.process_time()
    coefficients, _ = signatures(tensors, 50)
    signature = (time.process_time() - begun) / MEASURED
    comparison = Comparison(records, coefficients, options_of(THRESHOLD))
    sharding = sharding_of(comparison)
    packed = shard_seconds = images = 0.0
    works, pairs, matches = [], [], []
    kept: dict[int, object] = {}
    for work in sharding.tasks():
        for number in work.shards:
            if number not in kept:
                begun = time.thread_time()
                kept[number] = sharding.shard(number)
                packed += len(pickle.dumps(kept[number], protocol=5))
                shard_seconds += time.thread_time() - begun
                images += len(kept[number].images)
        shards = {number: kept[number] for number in work.shards}
        begun = time.thread_time()
        edges = compare_stretches(sharding.terms, work.stretches, shards)
        works.append(time.thread_time() - begun)
        pairs.append(pairs_of(work.stretches))
        matches.append(len(edges))
    # Least squares over all tasks tell what is the pairs' and what the matches'.
    table = np.array([pairs, matches], np.float64).T
    (pair, match), *_ = np.linalg.lstsq(table, np.array(works), rcond=None)
    photo, record = _reading()
    return Costs(
        photo=photo,
        record=record,
        signature=signature,
        pair=float(pair),
        match=float(match),
        shard=shard_seconds / images,
        task=task,
        image_bytes=packed / images,
        host_bytes=_host_bytes(),
    )


def pairs_of(stretches) -> int:
    """Pairs of some tiles, near or not; images between the halo's ends that are not in it count."""
    return sum((s.rows[1] - s.rows[0]) * (s.columns[1] - s.columns[0]) for s in stretches)


def _reading() -> tuple[float, float]:
    """Processor seconds of reading a photo, and of what its record costs on its way."""
    folder = next(cache().glob("jpegs-*-4000x3000"), None)
    assert folder is not None, "run bench.decode first: it makes the photos"
    requests = [ReadRequest(found(path), 50, mode="fast") for path in sorted(folder.iterdir())]
    read(requests[0])
    begun = time.thread_time()
    made = [read(request) for request in requests]
    photo = (time.thread_time() - begun) / len(requests)
    begun = time.thread_time()
    for _ in range(20):
        pickle.loads(pickle.dumps(made, protocol=5))  # noqa: S301  our own
    return photo, (time.thread_time() - begun) / len(made) / 20


def task_overhead(pool: DaskPool, tasks: int = 1000) -> float:
    """Processor seconds of this process per task that does nothing."""
    client = pool._cluster.client
    begun = time.process_time()
    for start in range(0, tasks, 50):
        client.gather([client.submit(len, "", pure=False) for _ in range(start, start + 50)])
    return (time.process_time() - begun) / tasks


def on_workers(counts: tuple[int, ...] = (1, 2)) -> tuple[list[Row], float]:
    """Seconds of a build and of a comparison on so many workers, and the overhead of a task."""
    rows: list[Row] = []
    files = sorted(photo_folder(2000, size=(320, 240)).iterdir())
    requests = [ReadRequest(found(path), 50) for path in files]
    records = records_of(MEASURED)
    coefficients, _ = signatures([record.tensor for record in records], 50)
    for count in counts:
        with (
            tempfile.TemporaryDirectory() as folder,
            DaskCluster(Path(folder), count) as cluster,
            DaskPool(cluster.address) as pool,
        ):
            list(pool.map(read, requests[:64]))
            begun = time.perf_counter()
            answers = list(pool.map(read, requests))
            built = time.perf_counter() - begun
            comparison = Comparison(records, coefficients, options_of(THRESHOLD), pool=pool)
            list(comparison.edges())  # compiles
            begun = time.perf_counter()
            matches = sum(len(edges) for edges in comparison.edges())
            compared = time.perf_counter() - begun
            overhead = task_overhead(pool)
        rows.append(
            {
                "workers": count,
                f"read {len(answers):,} photos, s": built,
                f"compare {MEASURED:,} tensors, s": compared,
                "matches": matches,
                "a task, ms": 1000 * overhead,
                "load of the machine": os.getloadavg()[0],
            }
        )
    local = Comparison(records, coefficients, options_of(THRESHOLD), pool=InPlacePool())
    list(local.edges())
    begun = time.perf_counter()
    matches = sum(len(edges) for edges in local.edges())
    compared = time.perf_counter() - begun
    name = f"compare {MEASURED:,} tensors, s"
    rows.append({"workers": "none, two threads", name: compared, "matches": matches})
    return rows, min(row["a task, ms"] for row in rows if "a task, ms" in row) / 1000


def _host_bytes(count: int = 20_000) -> float:
    """What the engine host keeps of an image: record, signature, coordinates, places."""
    tracemalloc.start()
    records = records_of(count)
    coefficients, _ = signatures([record.tensor for record in records], 50)
    comparison = Comparison(records, coefficients, options_of(THRESHOLD))
    sharding_of(comparison)
    kept, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    return kept / count


if __name__ == "__main__":
    measured, seconds = on_workers()
    show("On this machine", measured)
    print(costs(seconds))
