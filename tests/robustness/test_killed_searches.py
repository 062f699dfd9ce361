"""Searches whose worker, engine host or daemon is killed: taken up again, they find the same."""

from __future__ import annotations

import json
import os
import random
import shutil
import signal
from pathlib import Path

import pytest
from harness.instance import wait_until
from harness.photos import distinct_photos
from msgspec.structs import replace
from PIL import Image

from difclient.client import Client
from difd.engine.processors import usable_processors
from difd.protocol.errors import DaemonNotRunning, UnknownJob
from difd.protocol.jobs import FINAL_STATES, JobInfo
from difd.protocol.options import SearchOptions
from difd.protocol.results import Member, Progress

PHOTOS = 240
COPIES = 40


@pytest.fixture(scope="module")
def pictures(tmp_path_factory) -> Path:
    folder = distinct_photos(tmp_path_factory.mktemp("pictures"), PHOTOS)
    for number in range(COPIES):
        shutil.copyfile(folder / f"{number * 3:05}.jpg", folder / f"copy {number}.jpg")
    return folder


def options(folder: Path, px: int) -> SearchOptions:
    """Another size is another search: nothing of it is in the cache."""
    return SearchOptions(paths=(os.fsencode(folder),), px_size=px)


def found(client: Client, job: str) -> list[tuple]:
    members = (row for row in client.results(job) if isinstance(row, Member))
    return [(row.group, row.path, row.action, row.match) for row in members]


def reached(progress: Progress) -> float:
    """How far a search is, from 0 to 1; reading is the largest part."""
    match progress.stage:
        case "waiting" | "discover":
            return 0.05
        case "decode":
            return 0.05 + 0.75 * progress.decoded / max(progress.found, 1)
        case "match":
            return 0.8 + 0.15 * progress.compared
        case "report":
            return 0.95


def victims(instance, client: Client | None, kind: str) -> list[int]:
    if kind == "daemon":
        return instance.daemons()
    if kind == "engine host":
        pid = client.status().engine_pid
        return [] if pid is None else [pid]
    return instance.workers()[:1]


def kill_and_resume(instance, folder: Path, kind: str, px: int, chance: random.Random) -> JobInfo:
    """A search during which somebody dies, taken up again as often as it takes."""
    moment = chance.random()
    # libzmq ends the process so when descriptors run out.
    deadly = signal.SIGABRT if kind == "daemon" and chance.random() < 0.5 else signal.SIGKILL
    with Client() as client:
        job = client.submit(options(folder, px))
        killed = False
        for info in client.follow(job.id):
            job = info
            if not killed and reached(info.progress) >= moment:
                killed = True
                for pid in victims(instance, client, kind):
                    os.kill(pid, deadly)
        if kind == "engine host" and job.state == "failed":
            assert "ended unexpectedly" in job.error.message
            *_, job = client.follow(client.resume(job.id).id)
        assert job.state in FINAL_STATES
        return job


def play(instance, folder: Path, kind: str, times: int) -> None:
    with Client() as client:
        *_, job = client.follow(client.submit(options(folder, 20)).id)
        truth = found(client, job.id)
    assert len(truth) == 2 * COPIES
    records = 0
    for seed in range(times):
        job = kill_and_resume(instance, folder, kind, 21 + seed, random.Random(seed))
        assert job.state == "done", (seed, job.error)
        with Client() as client:
            assert found(client, job.id) == truth, seed
            check = client.cache.verify()
            assert (check.damaged, check.rebuilt) == (0, False), seed
            assert check.records >= records + PHOTOS, "a finished batch is gone"
            records = check.records
            if seed % 20 == 19:
                client.cache.clear()
                records = 0
    print(f"{times} searches with a killed {kind}: all found the same")


@pytest.mark.parametrize("kind", ["worker", "engine host", "daemon"])
def test_a_search_that_loses_a_process_finds_the_same(instance, pictures, kind):
    play(instance, pictures, kind, 4)


@pytest.mark.long
@pytest.mark.timeout(3600)
@pytest.mark.parametrize("kind", ["worker", "engine host", "daemon"])
def test_searches_that_lose_a_process_at_seventy_moments_find_the_same(instance, pictures, kind):
    play(instance, pictures, kind, 70)


def test_a_search_whose_daemon_dies_again_says_so_and_can_be_resumed(instance, pictures, tmp_path):
    # Read for seconds, so that the search has not ended before its workers stand still.
    (tmp_path / "large").mkdir()
    Image.new("1", (25_000, 10_000)).save(tmp_path / "large" / "a.png")
    process = instance.start("search", "--json", pictures, tmp_path / "large")
    for _ in range(2):
        # Workers that stand still keep the search from ending before its daemon does.
        wait_until(
            lambda: instance.daemons() and len(workers_of(instance)) == usable_processors(),
            seconds=30,
        )
        (pid,), workers = instance.daemons(), workers_of(instance)
        for worker in workers:
            os.kill(worker, signal.SIGSTOP)
        wait_until(lambda: state_of_the_search() == "running")
        os.kill(pid, signal.SIGABRT)
        for worker in workers:
            os.kill(worker, signal.SIGKILL)
        wait_until(lambda gone=pid: gone not in instance.processes())
    output, errors = process.communicate(timeout=60)
    assert process.returncode == 3
    assert output.count("\n") == 1
    assert json.loads(output)["error"]["message"] == "The daemon is gone."
    assert errors == ""
    resumed = instance.difctl("resume", "last", "--json")
    assert resumed.returncode == 0, resumed.stderr
    assert len(json.loads(resumed.stdout)["groups"]) == COPIES


def workers_of(instance) -> list[int]:
    """The workers of the daemon that runs; those of one that died may live on a while."""
    daemon = max(instance.daemons(), default=0)
    return [pid for pid in instance.workers() if pid > daemon]


def worker_of(instance) -> int | None:
    """The worker of a search that may have one only."""
    return next(iter(workers_of(instance)), None)


def state_of_the_search() -> str:
    """Empty while there is none: a daemon that starts has its engine before it answers."""
    try:
        with Client(start=False) as client:
            return client.job("last").state
    except (DaemonNotRunning, UnknownJob):
        return ""


def test_a_daemon_that_dies_before_anybody_follows_the_search_is_started_again(instance, pictures):
    with Client() as client:
        job = client.submit(replace(options(pictures, 20), processes=1))
        wait_until(lambda: worker_of(instance), seconds=30)
        worker = worker_of(instance)
        os.kill(worker, signal.SIGSTOP)
        for pid in instance.daemons():
            os.kill(pid, signal.SIGKILL)
            wait_until(lambda gone=pid: gone not in instance.processes())
        os.kill(worker, signal.SIGKILL)
        *_, job = client.follow(job.id)
        assert job.state == "done"
