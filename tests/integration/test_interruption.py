"""A daemon that is told to stop, or dies, in the middle of a search; and the search taken up again.

Every picture has a size of its own, so that reading one is decoding it, and the kernel counts.
"""

from __future__ import annotations

import json
import os
import signal
import time
import zlib
from pathlib import Path

import pytest
from harness.instance import wait_until
from harness.openings import Openings
from harness.photos import small_photo

from difclient.client import Client

pytestmark = pytest.mark.timeout(300)

FILES = 60
SETTLED_SECONDS = 2.1
"""Files that are younger when they are read are read again, in case they changed in between."""


@pytest.fixture
def pictures(tmp_path) -> Path:
    """Pictures that take a while in all, every file another one and of another length."""
    place = tmp_path / "pictures"
    first = small_photo("retina.jpg", place / "0.png", size=(400, 400))
    for number in range(1, FILES):
        data = bytearray(first.read_bytes())
        chunk = b"tEXt" + b"Comment\0" + b"x" * number
        crc = zlib.crc32(chunk).to_bytes(4, "big")
        data[33:33] = (len(chunk) - 4).to_bytes(4, "big") + chunk + crc
        (place / f"{number}.png").write_bytes(data)
    time.sleep(SETTLED_SECONDS)
    return place


@pytest.fixture
def interrupted(instance, pictures):
    """A daemon in the middle of a search, and the job."""
    daemon = instance.start_daemon()
    job = json.loads(instance.difctl("search", "--no-wait", "--json", pictures).stdout)["job"]
    with Client(start=False) as client:
        wait_until(lambda: client.job(job).progress.decoded > 3, seconds=60)
    yield daemon, job
    daemon.kill()
    daemon.wait()


def comparable(output: str) -> dict:
    """A result without what differs from one search to the next: its id and its times."""
    document = json.loads(output)
    del document["job"]
    for process in document["stats"]["process"].values():
        del process["duration"]
    return document


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGKILL])
def test_a_resumed_search_equals_a_fresh_one_and_decodes_nothing_twice(instance, pictures, how):
    with Openings(pictures) as openings:
        daemon = instance.start_daemon()
        job = json.loads(instance.difctl("search", "--no-wait", "--json", pictures).stdout)["job"]
        with Client(start=False) as client:
            wait_until(lambda: client.job(job).progress.decoded > 3, seconds=60)
        daemon.send_signal(how)
        assert daemon.wait(timeout=6) == (0 if how == signal.SIGTERM else -signal.SIGKILL)
        wait_until(lambda: not instance.processes())
        before = openings.counts().total()
        assert 3 < before < FILES, "the search was not under way"
        listed = json.loads(instance.difctl("jobs", "--json").stdout)
        assert [(one["job"], one["state"]) for one in listed] == [(job, "interrupted")]
        resumed = instance.difctl("resume", job, "--json")
        assert resumed.returncode == 0, resumed.stderr
        assert set(openings.counts().values()) == {1}
        assert openings.counts().total() == FILES
    assert instance.difctl("cache", "clear").returncode == 0
    fresh = instance.difctl("search", "--json", pictures)
    assert comparable(resumed.stdout) == comparable(fresh.stdout)


def stop_a_worker(instance) -> None:
    """Have a worker be at a picture and not get on with it."""
    worker = instance.workers()[0]
    os.kill(worker, signal.SIGSTOP)


def test_a_picture_that_hangs_does_not_keep_the_daemon_from_leaving(instance, interrupted):
    daemon, job = interrupted
    stop_a_worker(instance)
    daemon.terminate()
    assert daemon.wait(timeout=6) == 0
    wait_until(lambda: not instance.processes())
    with Client() as client:
        assert client.job(job).state == "interrupted"


def test_a_second_signal_ends_the_daemon_at_once(instance, interrupted):
    daemon, job = interrupted
    stop_a_worker(instance)
    daemon.terminate()
    wait_until(lambda: instance.endpoint.log.read_text().endswith(" stopping\n"))
    daemon.terminate()
    assert daemon.wait(timeout=6) == 0
    wait_until(lambda: not instance.processes())
    with Client() as client:
        assert client.job(job).state == "interrupted"
