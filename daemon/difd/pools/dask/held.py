"""What the workers of a cluster hold for many tasks: sent once, and again if it died with them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from distributed import Future

from difd.engine.match.shards import Sharding
from difd.pools.dask.cluster import NO_ANSWER, Cluster
from difd.protocol.errors import JobInterrupted

_ATTEMPTS: Final = 5
"""How often it is tried to send something."""

_NEIGHBOURS: Final = 8
"""Shards in a row that go to one worker: two slabs, so that half of the halos are there, too."""


class Everywhere:
    """Something that every worker has.

    Args:
        cluster: where it goes.
        what: it.
    """

    def __init__(self, cluster: Cluster, what: object) -> None:
        self._cluster, self._what = cluster, what
        self._held: Future | None = None

    def there(self) -> Future:
        """It, on the workers."""
        if self._held is None or self._held.status != "finished":
            self._held = _sent(self._cluster, self._what, None)
        return self._held


class Shards:
    """The shards of a comparison.

    Args:
        cluster: where they go.
        sharding: makes them.
    """

    def __init__(self, cluster: Cluster, sharding: Sharding) -> None:
        self._cluster, self._sharding = cluster, sharding
        self._there: dict[int, Future] = {}

    def there(self, number: int) -> Future:
        """The shard on a worker."""
        future = self._there.get(number)
        if future is None or future.status != "finished":
            shard = self._sharding.shard(number)
            future = _sent(self._cluster, shard, number // _NEIGHBOURS)
            self._there[number] = future
        return future

    def forget_below(self, number: int) -> None:
        """Let go of the shards that no later task needs."""
        for known in [known for known in self._there if known < number]:
            del self._there[known]


def _sent(cluster: Cluster, what: object, place: int | None) -> Future:
    """Something on the worker of a place, counted round and round; on all for None."""
    for _ in range(_ATTEMPTS):
        cluster.refuse_when_alone()
        try:
            workers: Sequence[str] = sorted(cluster.client.nthreads())
            if place is not None and workers:
                workers = [workers[place % len(workers)]]
            futures = cluster.client.scatter(
                [what], workers=workers, broadcast=place is None, hash=False
            )
        except (ValueError, *NO_ANSWER):
            continue  # a worker is gone
        held: Future = futures[0]
        return held
    raise JobInterrupted(
        f"Nothing can be sent to the workers of {cluster.address}.",
        hint="They must be reachable from here. Then: difctl resume JOB",
    )
