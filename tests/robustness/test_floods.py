"""Clients that ask for too much at once: refused, cut off or forgotten, at a bounded cost."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time
from contextlib import contextmanager
from dataclasses import replace

import pytest
import zmq
from harness.instance import wait_until
from harness.memory import MIB, resident

from difclient.client import Client
from difd.protocol import codec
from difd.protocol.options import SearchOptions
from difd.protocol.replies import ErrorReply, JobReply
from difd.protocol.requests import Cancel, Jobs, Submit
from difd.service.server.answered import ANSWERS_MAX, BYTES_MAX, Answered
from difd.service.server.connections import MEMORY_MAX
from difd.service.server.followers import FOLLOWERS_MAX, Followers


@contextmanager
def dealer(instance, **options: int):
    with zmq.Context() as context, context.socket(zmq.DEALER) as made:
        made.setsockopt(zmq.LINGER, 0)
        for name, value in options.items():
            made.setsockopt(getattr(zmq, name), value)
        made.connect(b"ipc://" + os.fsencode(instance.endpoint.socket))
        yield made


def large(folder) -> SearchOptions:
    """Options of nearly 4 MiB."""
    path = os.fsencode(folder) + b"/" * 20
    return SearchOptions(paths=(path,) * (4_000_000 // (len(path) + 2)))


class Peak:
    """The most memory that a process took while it was watched."""

    def __init__(self, pid: int) -> None:
        self.bytes = 0
        self._pid, self._over = pid, threading.Event()
        self._thread = threading.Thread(target=self._watch)

    def __enter__(self):
        self._thread.start()
        return self

    def __exit__(self, *_):
        self._over.set()
        self._thread.join()

    def _watch(self) -> None:
        while not self._over.wait(0.02):
            self.bytes = max(self.bytes, resident(self._pid))


def test_large_searches_wait_in_bounded_memory_and_the_rest_is_refused(instance, tmp_path):
    """The daemon takes some thirty."""
    instance.difctl("daemon", "start")
    (pid,) = instance.daemons()
    options = large(tmp_path)
    with Peak(pid) as peak, dealer(instance) as socket:
        replies = []
        for number in range(40):
            socket.send_multipart(codec.encode(Submit(id=f"s{number}", options=options)))
            assert socket.poll(30_000)
            replies.append(codec.decode_from_daemon(socket.recv_multipart()))
    taken = [reply for reply in replies if isinstance(reply, JobReply)]
    refused = [reply.error for reply in replies if isinstance(reply, ErrorReply)]
    print(f"{len(taken)} taken, {len(refused)} refused; at most {peak.bytes / MIB:.0f} MiB")
    assert taken
    assert {(error.code, error.message) for error in refused} == {
        ("usage", "The searches that wait name too many paths; try again later.")
    }
    assert peak.bytes < MEMORY_MAX
    with Client(start=False) as client:
        assert client.status().pid == pid
        small = client.submit(SearchOptions(paths=(os.fsencode(tmp_path),)))
        assert client.cancel(small.id).state == "cancelled"


def test_answers_that_are_kept_for_retries_are_bounded(instance, tmp_path):
    """Eighty of nearly 4 MiB would be more than is allowed."""
    instance.difctl("daemon", "start")
    (pid,) = instance.daemons()
    with Peak(pid) as peak, dealer(instance) as socket:
        socket.send_multipart(codec.encode(Submit(id="large", options=large(tmp_path))))
        job = codec.decode_from_daemon(socket.recv_multipart()).job
        for number in range(80):
            socket.send_multipart(codec.encode(Cancel(id=f"c{number}", job=job.id)))
            assert socket.poll(30_000)
            assert codec.decode_from_daemon(socket.recv_multipart()).job.id == job.id
    print(f"at most {peak.bytes / MIB:.0f} MiB")
    assert peak.bytes < MEMORY_MAX / 2


def test_the_newest_answers_are_kept_whatever_their_size():
    answered = Answered()
    big = ErrorReply(id="big", error=codec.MalformedMessage("x" * (BYTES_MAX + 1)).info())
    answered.keep(big)
    assert answered.get("big") == big
    small = ErrorReply(id="0", error=codec.MalformedMessage("x").info())
    answered.keep(small)
    assert answered.get("big") is None
    for number in range(ANSWERS_MAX):
        answered.keep(ErrorReply(id=str(number + 1), error=small.error))
    assert answered.get("0") is None
    assert answered.get(str(ANSWERS_MAX))


def test_of_too_many_who_follow_one_job_the_oldest_is_forgotten():
    told = []
    followers = Followers(lambda connection, _: bool(told.append(connection)) or True)
    for number in range(FOLLOWERS_MAX + 1):
        followers.add("job", b"%d" % number)
        followers.add("job", b"1")
    followers.tell("job", JobReply(id="x", job=None))
    assert len(told) == FOLLOWERS_MAX
    assert b"0" not in told
    assert b"1" in told


def test_a_crowd_that_never_reads_its_large_answers_takes_bounded_memory(instance, tmp_path):
    instance.difctl("daemon", "start")
    (pid,) = instance.daemons()
    with dealer(instance) as socket:
        socket.send_multipart(codec.encode(Submit(id="large", options=large(tmp_path))))
        assert socket.poll(30_000)
    with Peak(pid) as peak, zmq.Context() as context:
        deaf = []
        for _ in range(12):
            deaf.append(context.socket(zmq.DEALER))
            deaf[-1].setsockopt(zmq.LINGER, 0)
            deaf[-1].setsockopt(zmq.RCVHWM, 1)
            deaf[-1].connect(b"ipc://" + os.fsencode(instance.endpoint.socket))
        for number in range(40):
            for one in deaf:
                one.send_multipart(codec.encode(Jobs(id=f"{number}", limit=1000)))
        with Client(start=False) as client:
            for _ in range(20):
                assert client.status().pid == pid
        for one in deaf:
            one.close()
    print(f"at most {peak.bytes / MIB:.0f} MiB")
    assert peak.bytes < 1.5 * MEMORY_MAX
    with Client(start=False) as client:
        wait_until(lambda: resident(pid) < MEMORY_MAX)
        assert client.status().pid == pid


_GREEDY = """
import resource, socket, sys, time
soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
resource.setrlimit(resource.RLIMIT_NOFILE, (min(hard, 4096), hard))
held = []
print("ready", flush=True)
until = time.monotonic() + 4
while time.monotonic() < until:
    one = socket.socket(socket.AF_UNIX)
    one.setblocking(False)
    try:
        one.connect(sys.argv[1])
    except BlockingIOError:
        time.sleep(0.001)  # the daemon has not accepted those before
        continue
    except OSError:
        held.clear()
        continue
    held.append(one)
    if len(held) > 4000:
        held.clear()
"""


@pytest.mark.parametrize("descriptors", [None, 2048])
def test_descriptors_cannot_be_used_up_from_outside(instance, descriptors):
    """libzmq ends the process when there are none left."""
    limit = ("prlimit", f"--nofile={descriptors}") if descriptors else ()
    replace(instance, prefix=limit).difctl("daemon", "start")
    (pid,) = instance.daemons()
    command = [sys.executable, "-c", _GREEDY, str(instance.endpoint.socket)]
    crowd = [subprocess.Popen(command, stdout=subprocess.PIPE) for _ in range(6)]
    most = 0
    try:
        for one in crowd:
            assert one.stdout
            assert one.stdout.readline() == b"ready\n"
        while any(one.poll() is None for one in crowd):
            most = max(most, len(os.listdir(f"/proc/{pid}/fd")))
            time.sleep(0.02)
    finally:
        for one in crowd:
            one.kill()
            one.communicate()
    print(f"at most {most} descriptors")
    with Client(start=False) as client:
        assert client.status().pid == pid
