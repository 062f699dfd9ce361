"""A cluster that goes away, and pictures that take workers with them."""

from __future__ import annotations

import json
import os
import subprocess
import time

import pytest
from harness.cluster import DaskCluster, dask_pool
from harness.instance import wait_until
from harness.openings import Openings
from harness.photos import many_photos

from difclient.client import Client
from difd.engine.work import WorkerLoss

pytestmark = pytest.mark.timeout(300)

SETTLED_SECONDS = 2.1
"""Files that are younger when they are read are read again, in case they changed in between."""

KILL_THE_WORKER = "import os, signal; os.kill(os.getppid(), signal.SIGKILL)"
"""For `exec`: the parent of the process that reads a file is the worker."""

KILL_ITSELF = "import os, signal; os.kill(os.getpid(), signal.SIGKILL)"


@pytest.mark.early
def test_a_search_whose_scheduler_dies_is_taken_up_again_and_decodes_nothing_twice(
    instance, tmp_path
):
    pictures = tmp_path / "pictures"
    pictures.mkdir()
    many_photos(pictures, edge=700)
    time.sleep(SETTLED_SECONDS)
    where = ("--pool", "dask", "--scheduler")
    with DaskCluster(tmp_path / "cluster") as cluster, Openings(pictures) as openings:
        asked = instance.difctl("search", "--no-wait", "--json", *where, cluster.address, pictures)
        job = json.loads(asked.stdout)["job"]
        with Client(start=False) as client:
            wait_until(lambda: client.job(job).progress.decoded > 3, seconds=90)
            cluster.scheduler.kill()
            cluster.scheduler.wait()
            wait_until(lambda: client.job(job).state == "interrupted", seconds=90)
            error = client.job(job).error
            before = client.job(job).progress.decoded
        assert f"scheduler {cluster.address} went away" in error.message
        assert "difctl resume" in error.hint
        assert 3 < before < 60
        for worker in cluster.workers:
            worker.kill()
            worker.wait()
        until_then = openings.counts().copy()
        again = instance.difctl("resume", job)
        assert again.returncode == 4
        assert "No Dask scheduler answers" in again.stderr
        cluster.workers.clear()
        cluster.start()
        cluster.add_worker()
        resumed = instance.difctl("resume", job, "--json", timeout=120)
        assert resumed.returncode == 0, resumed.stderr
        repeated = openings.counts() - until_then
    # What had come back when the scheduler died, and only that, is known.
    assert sum(repeated.values()) <= 60 - before
    assert len(json.loads(resumed.stdout)["groups"][0]["files"]) == 60


def test_a_picture_that_kills_its_decoder_costs_no_worker_and_no_other_picture(tmp_path):
    work = ["1", "2", KILL_ITSELF, "3"]
    with DaskCluster(tmp_path, 1) as cluster, dask_pool(cluster.address) as pool:
        answers = dict(pool.map(exec, work))
        assert cluster.workers[0].poll() is None
    assert answers == {
        "1": None,
        "2": None,
        "3": None,
        KILL_ITSELF: WorkerLoss("the decoder crashed"),
    }


@pytest.mark.long
def test_a_picture_that_takes_too_long_is_given_up_alone(tmp_path):
    work = [*[0.01] * 20, 90, *[0.01] * 20]
    with DaskCluster(tmp_path) as cluster, dask_pool(cluster.address, item_seconds=8) as pool:
        answers = list(pool.map(time.sleep, work))
    late = [(item, answer) for item, answer in answers if answer is not None]
    assert late == [(90, WorkerLoss("took longer than 8 seconds"))]
    assert len(answers) == 41


@pytest.mark.long
def test_a_picture_that_takes_too_much_memory_is_given_up_alone(tmp_path):
    work = ["1", "x = bytearray(3 << 30)", "2"]
    with DaskCluster(tmp_path) as cluster, dask_pool(cluster.address, memory_limit=2 << 30) as pool:
        answers = dict(pool.map(exec, work))
    loss = WorkerLoss("needs more memory than a worker may take")
    assert answers == {"1": None, work[1]: loss, "2": None}


@pytest.mark.long
def test_a_picture_that_kills_workers_is_found_out_and_reported(tmp_path):
    """As a batch first, and then alone."""
    allowed = {"DASK_DISTRIBUTED__SCHEDULER__ALLOWED_FAILURES": "0"}
    work = [*map(str, range(80)), KILL_THE_WORKER, *map(str, range(80, 120))]
    with (
        DaskCluster(tmp_path, 5, environment=allowed) as cluster,
        dask_pool(cluster.address) as pool,
    ):
        answers = dict(pool.map(exec, work))
        left = [worker for worker in cluster.workers if worker.poll() is None]
    assert answers.pop(KILL_THE_WORKER) == WorkerLoss("the workers that read it died")
    assert answers == dict.fromkeys(map(str, range(120)))
    assert len(left) >= 2


@pytest.mark.long
def test_a_search_without_any_worker_left_is_interrupted(instance, tmp_path):
    pictures = tmp_path / "pictures"
    pictures.mkdir()
    many_photos(pictures, edge=700)
    with DaskCluster(tmp_path / "cluster", 1) as cluster:
        where = ("--pool", "dask", "--scheduler", cluster.address)
        job = json.loads(instance.difctl("search", "--no-wait", "--json", *where, pictures).stdout)[
            "job"
        ]
        with Client(start=False) as client:
            wait_until(lambda: client.job(job).progress.decoded > 3, seconds=90)
            cluster.workers[0].kill()
            wait_until(lambda: client.job(job).state == "interrupted", seconds=90)
            assert "No worker" in client.job(job).error.message


@pytest.mark.long
def test_tls_takes_the_certificates_that_dask_is_configured_with(instance, tmp_path):
    key, certificate = tmp_path / "key.pem", tmp_path / "cert.pem"
    subprocess.run(
        [
            *("openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2"),
            *("-subj", "/CN=localhost", "-keyout", key, "-out", certificate),
        ],
        check=True,
        capture_output=True,
    )
    prefix = "DASK_DISTRIBUTED__COMM__TLS__"
    tls = {f"{prefix}CA_FILE": os.fspath(certificate)}
    for role in ("SCHEDULER", "WORKER", "CLIENT"):
        tls |= {
            f"{prefix}{role}__CERT": os.fspath(certificate),
            f"{prefix}{role}__KEY": os.fspath(key),
        }
    pictures = tmp_path / "pictures"
    pictures.mkdir()
    many_photos(pictures, edge=700)
    with DaskCluster(tmp_path / "cluster", 1, environment=tls, protocol="tls") as cluster:
        where = ("--pool", "dask", "--scheduler", cluster.address)
        assert cluster.address.startswith("tls://")
        without = instance.difctl("search", *where, pictures)
        assert without.returncode in {2, 4}
        assert "Traceback" not in without.stderr
        assert instance.difctl("daemon", "stop").returncode == 0
        instance.environment.update(tls)
        found = instance.difctl("search", "--json", *where, pictures)
    assert found.returncode == 0, found.stdout
    assert len(json.loads(found.stdout)["groups"][0]["files"]) == 60
