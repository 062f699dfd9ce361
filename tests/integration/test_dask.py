"""A search on a Dask cluster says what a search on this machine says, or who does not fit."""

from __future__ import annotations

import json
import logging
import os
import shutil
import socket
import time

import numpy as np
import pytest
from harness.cluster import DaskCluster, dask_pool
from harness.edited import edited_copies
from harness.instance import wait_until
from harness.photos import gallery, many_photos
from harness.pictures import found
from harness.records import make_library, make_options, make_record, run
from harness.tensor_sets import collections
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import difd
from difclient.client import Client
from difd.engine.edited.likely import gather, likely
from difd.engine.features.features import Features
from difd.engine.match import comparison, shards
from difd.engine.read.decode import read
from difd.engine.record import ReadRequest
from difd.engine.work import Cancelled
from difd.protocol.errors import JobFailed

pytestmark = [pytest.mark.daemon("shared"), pytest.mark.timeout(300)]


@pytest.fixture
def nothing_read(instance) -> None:
    """What other searches read would not be read on the cluster."""
    assert instance.difctl("cache", "clear").returncode == 0


@pytest.fixture(scope="module")
def cluster(tmp_path_factory):
    with DaskCluster(tmp_path_factory.mktemp("cluster")) as made:
        yield made


@pytest.fixture(scope="module")
def pool(cluster):
    with dask_pool(cluster.address) as made:
        yield made


def on(cluster, *more):
    return ("--pool", "dask", "--scheduler", cluster.address, *more)


def comparable(output):
    """A result without what differs from one search to the next: id, times, pool."""
    document = json.loads(output)
    del document["job"], document["options"]["pool"], document["options"]["scheduler"]
    for process in document["stats"]["process"].values():
        del process["duration"]
        process.get("search", process).get("parameters", {}).pop("processes", None)
    return document


def without_times(rows):
    return [row for row in rows if type(row).__name__ != "Statistics"]


@pytest.mark.usefixtures("nothing_read")
@pytest.mark.parametrize("more", [(), ("-s", "similar", "--no-same-dim", "--mirror")])
def test_the_result_on_photos_is_that_of_this_machine(instance, cluster, tmp_path, more):
    pictures = gallery(tmp_path / "pictures")
    spread = instance.difctl("search", "--json", *on(cluster), *more, pictures)
    assert spread.returncode == 0, spread.stdout
    assert instance.difctl("cache", "clear").returncode == 0
    alone = instance.difctl("search", "--json", *more, pictures)
    assert comparable(spread.stdout) == comparable(alone.stdout)
    assert len(json.loads(alone.stdout)["groups"]) >= 3


@pytest.mark.early
@pytest.mark.usefixtures("nothing_read")
def test_edited_copies_are_those_that_this_machine_finds(instance, cluster, tmp_path):
    """Tables and pixels are asked on the workers."""
    pictures = edited_copies(tmp_path / "pictures")
    spread = instance.difctl("search", "--json", *on(cluster), "-s", "edited", pictures)
    assert spread.returncode == 0, spread.stdout
    assert instance.difctl("cache", "clear").returncode == 0
    alone = instance.difctl("search", "--json", "-s", "edited", pictures)
    assert comparable(spread.stdout) == comparable(alone.stdout)
    assert sum(len(group["edited"]) for group in json.loads(alone.stdout)["groups"]) >= 15


@settings(max_examples=12, deadline=None, suppress_health_check=list(HealthCheck))
@given(collections(most=40), st.sampled_from([30, 1000]))
def test_the_result_on_seeded_tensors_is_that_of_this_machine(pool, collection, pairs):
    """With many slabs, shards and tasks."""
    records, options, _ = collection
    library = make_library(records, options)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(comparison, "_SMALL", 1)
        patch.setattr(comparison.join, "_SLAB_BLOCKS", 1)
        patch.setattr(shards, "TASK_PAIRS", pairs)
        patch.setattr(shards, "SHARD_BYTES", 3000)
        spread = without_times(run(library, options, pool=pool).rows())
    assert spread == without_times(run(library, options).rows())


@pytest.mark.usefixtures("instance")
def test_python_asks_for_it_by_name(cluster, tmp_path):
    pictures = gallery(tmp_path / "pictures")
    where = {"pool": "dask", "scheduler": cluster.address, "show_progress": False}
    spread = difd.search(difd.build(pictures, **where), "similar", show_progress=False)
    alone = difd.search(difd.build(pictures, show_progress=False), "similar", show_progress=False)
    assert spread.result == alone.result
    assert spread.groups == alone.groups


@pytest.mark.usefixtures("nothing_read")
def test_the_configuration_may_name_it_and_the_status_shows_the_dashboard(
    instance, cluster, tmp_path
):
    for name, value in (("pool", "dask"), ("scheduler", cluster.address)):
        assert instance.difctl("config", "set", f"search.{name}", value).returncode == 0
    pictures = tmp_path / "pictures"
    pictures.mkdir()
    many_photos(pictures, edge=700)
    job = json.loads(instance.difctl("search", "--no-wait", "--json", pictures).stdout)["job"]
    with Client(start=False) as client:
        wait_until(lambda: client.status().dashboard is not None, seconds=60)
        status = json.loads(instance.difctl("daemon", "status", "--json").stdout)
        assert status["dashboard"].startswith("http://127.0.0.1:")
        client.cancel(job)
        wait_until(lambda: client.job(job).state == "cancelled", seconds=60)
        assert client.status().dashboard is None


@pytest.mark.usefixtures("nothing_read")
def test_a_cancelled_search_leaves_nothing_on_the_cluster(instance, cluster, pool, tmp_path):
    scheduler = pool._cluster.client
    before = held_on(scheduler)  # the answer that came last may stay until its client leaves
    pictures = tmp_path / "pictures"
    pictures.mkdir()
    many_photos(pictures, edge=700)
    job = json.loads(
        instance.difctl("search", "--no-wait", "--json", *on(cluster), pictures).stdout
    )["job"]
    with Client(start=False) as client:
        wait_until(lambda: client.job(job).progress.decoded > 2, seconds=60)
        assert instance.difctl("cancel", job).returncode == 0
        wait_until(lambda: client.job(job).state == "cancelled", seconds=30)
    wait_until(lambda: not any(scheduler.processing().values()), seconds=10)
    wait_until(lambda: held_on(scheduler) <= before, seconds=10)


def held_on(scheduler):
    """The keys of what lies on the workers."""
    return {key for key, workers in scheduler.who_has().items() if workers}


def test_the_logs_of_dask_are_its_user_s_again_afterwards(cluster):
    log = logging.getLogger("distributed.client")
    before = log.level
    with dask_pool(cluster.address):
        assert log.level == logging.CRITICAL
    assert log.level == before


@pytest.mark.daemon("own")
def test_other_options_are_checked_before_any_daemon_is_asked_for_its_scheduler(instance, tmp_path):
    refused = instance.difctl("search", "--pool", "dask", "--px-size", "1", tmp_path)
    assert refused.returncode == 2
    assert "px-size" in refused.stderr or "px_size" in refused.stderr
    wait_until(lambda: not instance.daemons())


def test_a_cancelled_map_takes_its_tasks_back(cluster):
    begun = []
    with dask_pool(cluster.address, cancelled=lambda: bool(begun)) as pool:
        started = time.monotonic()
        with pytest.raises(Cancelled):
            begun.extend(pool.map(time.sleep, [0.1, *[100] * 20]))
        client = pool._cluster.client
        wait_until(lambda: not any(client.processing().values()), seconds=10)
        assert sorted(n for _, n in pool_after(cluster)) == [1, 2, 3]
        # A hundred seconds of sleep were cut short in the processes that slept.
        assert time.monotonic() - started < 90


def pool_after(cluster):
    """What a pool answers to whom comes next."""
    with dask_pool(cluster.address) as pool:
        return list(pool.map(len, ["a", "bb", "ccc"]))


def test_a_worker_that_dies_in_the_middle_costs_no_file(cluster):
    with cluster.one_more() as worker, dask_pool(cluster.address) as pool:
        stream = pool.map(time.sleep, [0.05] * 60)
        done = [next(stream) for _ in range(6)]
        worker.kill()
        done += stream
    assert [result for _, result in done] == [None] * 60


def test_a_worker_that_dies_with_its_shards_costs_no_match(cluster):
    """What only it had is sent again."""
    records, options = many_tensors()
    library = make_library(records, options)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(shards, "TASK_PAIRS", 3000)
        patch.setattr(shards, "SHARD_BYTES", 20_000)
        with cluster.one_more() as worker, dask_pool(cluster.address) as pool:
            killed = []

            class Killing:
                processes, map = pool.processes, pool.map

                def compare(self, sharding, check):
                    for number, answer in enumerate(pool.compare(sharding, check)):
                        if number == 10:
                            worker.kill()
                            killed.append(worker.wait())
                        yield answer

            spread = without_times(run(library, options, pool=Killing()).rows())
    assert killed, "the search was over before"
    assert spread == without_times(run(library, options).rows())


def test_a_worker_that_dies_with_the_index_costs_no_vote(cluster):
    gathered = some_features()
    with cluster.one_more() as worker, dask_pool(cluster.address, processes=1) as pool:
        killed = []

        class Killing:
            processes, map = pool.processes, pool.map

            def cast(self, index, tables, check):
                for number, answer in enumerate(pool.cast(index, tables, check)):
                    if number == 2:
                        worker.kill()
                        killed.append(worker.wait())
                    yield answer

        spread = likely(gathered, 3, lambda: None, pool=Killing())
    assert killed
    alone = likely(gathered, 3, lambda: None)
    assert len(alone.pairs) >= 39
    assert np.array_equal(spread.pairs, alone.pairs)
    assert np.array_equal(spread.ways, alone.ways)
    assert np.array_equal(spread.votes, alone.votes)


def some_features():
    """Forty pictures of 200 features each, of which each has 20 from the one before it."""
    rng = np.random.default_rng(5)
    codes = rng.integers(0, 1 << 63, (40, 200), np.uint64)
    codes[1:, :20] = codes[:-1, -20:]
    places = [np.full(200, 0.5, np.float32)] * 4
    return gather([Features(own, *places).packed() for own in codes])


def many_tensors():
    rng = np.random.default_rng(7)
    base = rng.integers(0, 200, (40, 10, 10, 3))
    records = [
        make_record(
            f"/p/{n:05}",
            np.clip(base[n % 40] + rng.normal(0, 1.2, (10, 10, 3)), 0, 255).astype(np.uint8),
        )
        for n in range(1500)
    ]
    return records, make_options(similarity=3.0, chunksize=64)


def test_no_scheduler_is_said_with_its_address(instance, tmp_path):
    gallery(tmp_path / "pictures")
    asked = ("--pool", "dask", "--scheduler", "tcp://127.0.0.1:9")
    made = instance.difctl("search", *asked, tmp_path / "pictures")
    assert made.returncode == 4
    assert "No Dask scheduler answers at tcp://127.0.0.1:9" in made.stderr
    assert "dask scheduler" in made.stderr
    assert "Traceback" not in made.stderr


def test_a_cluster_without_an_address_is_no_cluster(instance, tmp_path):
    made = instance.difctl("search", "--pool", "dask", tmp_path)
    assert made.returncode == 2
    assert "--scheduler" in made.stderr


@pytest.mark.parametrize("address", ["127.0.0.1:8786", "udp://a:1", "tcp://a", "tcp://a b:1"])
def test_an_address_of_another_form_is_refused(instance, tmp_path, address):
    made = instance.difctl("search", "--pool", "dask", "--scheduler", address, tmp_path)
    assert made.returncode == 2
    assert "scheduler must be tcp://HOST:PORT or tls://HOST:PORT" in made.stderr


@pytest.mark.daemon("own")
def test_who_may_come_from_elsewhere_chooses_no_scheduler(instance, cluster, tmp_path):
    gallery(tmp_path / "pictures")
    with socket.create_server(("127.0.0.1", 0)) as free:
        address = f"127.0.0.1:{free.getsockname()[1]}"
    assert instance.difctl("daemon", "listen", "--address", address).returncode == 0
    for asked in (
        ("search", *on(cluster), tmp_path / "pictures"),
        ("config", "set", "search.scheduler", cluster.address),
    ):
        refused = instance.difctl(*asked)
        assert refused.returncode == 2
        assert "listens for other machines" in refused.stderr


def strange_python(folder, text):
    """The environment of a Python that begins with this."""
    folder.mkdir()
    (folder / "sitecustomize.py").write_text(text)
    return {"PYTHONPATH": os.pathsep.join([str(folder), os.environ.get("PYTHONPATH", "")])}


def other_heif(folder):
    """The environment of a Python in which another pillow-heif seems to be installed."""
    environment = strange_python(folder, "")
    (folder / "pillow_heif-0.0.1.dist-info").mkdir()
    return environment


def test_a_worker_without_difd_is_named(cluster, tmp_path):
    lacking = strange_python(tmp_path / "p", "import sys; sys.modules['difd'] = None")
    with cluster.one_more(environment=lacking), pytest.raises(JobFailed) as refused:
        dask_pool(cluster.address)
    assert "has no difd" in refused.value.message
    assert "tcp://127.0.0.1:" in refused.value.message


def test_a_worker_with_another_decoder_is_named(cluster, tmp_path):
    # As if another version were installed there.
    other = other_heif(tmp_path / "p")
    with cluster.one_more(environment=other), pytest.raises(JobFailed) as refused:
        dask_pool(cluster.address)
    assert "has pillow-heif 0.0.1 instead of pillow-heif" in refused.value.message


@pytest.mark.long
def test_a_worker_with_another_decoder_that_comes_later_is_named(cluster, tmp_path):
    other = other_heif(tmp_path / "p")
    with dask_pool(cluster.address) as pool:
        stream = pool.map(time.sleep, [0.3] * 400)
        next(stream)
        with cluster.one_more(environment=other), pytest.raises(JobFailed) as refused:
            list(stream)
    assert "has pillow-heif 0.0.1 instead of" in refused.value.message


@pytest.mark.skipif(os.getuid() != 0, reason="other mounts for one process need root")
@pytest.mark.usefixtures("nothing_read")
@pytest.mark.parametrize("hidden", ["folder", "files"])
def test_a_worker_that_cannot_see_the_pictures_is_named_with_the_path(
    instance, cluster, tmp_path, hidden
):
    """One worker has another file system in the place of the pictures, or above them."""
    pictures = gallery(tmp_path / "storage" / "pictures")
    covered = pictures if hidden == "files" else pictures.parent
    script = 'mount -t tmpfs none "$0" && exec "$@"'
    with cluster.one_more("unshare", "--mount", "sh", "-c", script, str(covered)):
        made = instance.difctl("search", "--json", *on(cluster), pictures)
    assert made.returncode == 4, made.stdout
    error = json.loads(made.stdout)["error"]
    assert "cannot see all files" in error["message"]
    assert "tcp://127.0.0.1:" in error["message"]
    assert error["path"].startswith(str(pictures))
    assert (error["path"] == str(pictures)) == (hidden == "folder")


def test_a_file_that_is_gone_everywhere_is_reported_as_on_one_machine(cluster, tmp_path):
    gallery(tmp_path)
    requests = [ReadRequest(found(path), 50) for path in tmp_path.rglob("*.png")]
    shutil.rmtree(tmp_path / "Cats")
    with dask_pool(cluster.address) as pool:
        answers = {request.file.path: answer for request, answer in pool.map(read, requests)}
    gone = [answer.reason for path, answer in answers.items() if b"/Cats/" in path]
    assert gone == ["vanished during the search"] * 2
    assert len(answers) == len(requests)
