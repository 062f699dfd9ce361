"""A client that floods, hoards or never reads costs the daemon little, and nobody else."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import pytest
import zmq
from harness.instance import wait_until
from harness.intruder import connected, frame, introduced, is_shut
from harness.memory import MIB, resident
from harness.photos import distinct_photos

from difclient.client import Client
from difd.protocol import codec
from difd.protocol.options import SearchOptions
from difd.protocol.requests import Ping, Status, Submit
from difd.service.server.connections import MEMORY_MAX, PER_PEER_MAX


def test_connections_beyond_the_limit_of_a_process_are_shut_and_others_served(instance):
    instance.difctl("daemon", "start")
    pid = instance.daemons()
    crowd = [connected(instance.endpoint) for _ in range(PER_PEER_MAX)]
    assert is_shut(connected(instance.endpoint))
    assert instance.difctl("daemon", "status").returncode == 0  # another process
    for one in crowd:
        one.close()
    with Client(start=False) as client:
        assert [client.status().pid] == pid


def test_thousands_of_connections_in_a_row_do_not_use_up_descriptors(instance):
    instance.difctl("daemon", "start")
    (pid,) = instance.daemons()
    held = [connected(instance.endpoint) for _ in range(3000)]
    assert instance.difctl("daemon", "status").returncode == 0
    assert len(os.listdir(f"/proc/{pid}/fd")) < 1000
    for one in held:
        one.close()


@pytest.mark.parametrize(("granted", "warned"), [(4096, False), (256, True)])
def test_the_daemon_takes_all_descriptors_that_it_is_granted_and_says_if_they_are_few(
    instance, granted, warned
):
    low = replace(instance, prefix=("prlimit", f"--nofile=200:{granted}"))
    assert low.difctl("daemon", "start").returncode == 0
    (pid,) = instance.daemons()
    (line,) = [
        line
        for line in Path(f"/proc/{pid}/limits").read_text().splitlines()
        if line.startswith("Max open files")
    ]
    assert line.split()[3:5] == [str(granted), str(granted)]
    log = instance.endpoint.log.read_text()
    assert f"open files: the limit was 200, and is {granted} now" in log
    assert (f"the system grants {granted} open files" in log) == warned


def test_who_never_says_who_it_is_is_shut_out_after_a_while(instance):
    instance.difctl("daemon", "start")
    assert is_shut(connected(instance.endpoint))


def test_a_message_that_never_ends_does_not_fill_the_memory(instance):
    instance.difctl("daemon", "start")
    (pid,) = instance.daemons()
    part = frame(bytes(MIB), more=True)
    peak = 0
    with introduced(instance.endpoint) as raw, suppress(ConnectionError):
        for _ in range(20_000):
            raw.sendall(part)
            peak = max(peak, resident(pid))
        pytest.fail("20 GB were taken")
    print(f"at most {peak / MIB:.0f} MiB")
    wait_until(lambda: resident(pid) < MEMORY_MAX)
    with Client(start=False) as client:
        assert client.status().pid == pid


def test_a_frame_over_the_limit_ends_the_connection(instance):
    instance.difctl("daemon", "start")
    with introduced(instance.endpoint) as raw:
        raw.sendall(frame(bytes(codec.MAX_REQUEST_BYTES + 1), more=False)[:100_000])
        assert is_shut(raw)
    assert instance.difctl("daemon", "status").returncode == 0


_FLOOD = """
import os, sys, time, zmq
from difd.protocol import codec
from difd.protocol.requests import Jobs
socket = zmq.Context().socket(zmq.DEALER)
socket.connect(b"ipc://" + os.fsencode(sys.argv[1]))
frames = codec.encode(Jobs(id="flood", limit=1000))
reads = sys.argv[2] == "reads"
print("ready", flush=True)
while True:
    socket.send_multipart(frames)
    while reads and socket.poll(0):
        socket.recv_multipart()
"""


@pytest.mark.parametrize("habit", ["reads", "never reads"])
def test_who_floods_the_daemon_does_not_keep_it_from_others(instance, tmp_path, habit):
    instance.difctl("daemon", "start")
    (pid,) = instance.daemons()
    with Client(start=False) as client:
        for _ in range(50):
            client.cancel(client.submit(SearchOptions(paths=(os.fsencode(tmp_path),))).id)
    before = resident(pid)
    command = [sys.executable, "-c", _FLOOD, str(instance.endpoint.socket), habit]
    flooders = [subprocess.Popen(command, stdout=subprocess.PIPE) for _ in range(3)]
    try:
        for flooder in flooders:
            assert flooder.stdout
            assert flooder.stdout.readline() == b"ready\n"
        time.sleep(2)
        # A new connection needs the gatekeeper, which the flood must not starve either.
        with Client(start=False) as client:
            waits = [_seconds(lambda: client._connection.request(Ping(id="p"))) for _ in range(50)]
            assert client.status().pid == pid
    finally:
        for flooder in flooders:
            flooder.kill()
            flooder.communicate()
    after = resident(pid)
    print(
        f"ping p50 {sorted(waits)[25] * 1000:.1f} ms, max {max(waits) * 1000:.1f} ms; "
        f"memory {before / MIB:.0f} to {after / MIB:.0f} MiB"
    )
    assert after < before + 200 * MIB


def test_fifty_clients_and_one_that_never_reads_while_pictures_are_searched(instance, tmp_path):
    pictures = distinct_photos(tmp_path / "pictures", 1000)
    instance.difctl("daemon", "start")
    (pid,) = instance.daemons()
    before = resident(pid)
    with zmq.Context() as context, context.socket(zmq.DEALER) as deaf:
        deaf.setsockopt(zmq.LINGER, 0)
        deaf.setsockopt(zmq.RCVHWM, 1)
        deaf.connect(b"ipc://" + os.fsencode(instance.endpoint.socket))
        big = Submit(id="big", options=SearchOptions(paths=(os.fsencode(tmp_path),) * 20_000))
        for _ in range(300):
            deaf.send_multipart(codec.encode(big))
        with Client(start=False) as client:
            job = client.submit(SearchOptions(paths=(os.fsencode(pictures),))).id
            with ThreadPoolExecutor(50) as threads:
                answers = list(threads.map(_pings, range(50)))
            client.cancel(job)
    waits = sorted(wait for one in answers for wait in one)
    after = resident(pid)
    print(
        f"ping p50 {waits[len(waits) // 2] * 1000:.1f} ms, "
        f"p99 {waits[len(waits) * 99 // 100] * 1000:.1f} ms, max {waits[-1] * 1000:.1f} ms; "
        f"memory {before / MIB:.0f} to {after / MIB:.0f} MiB"
    )
    assert len(waits) == 50 * 20
    assert instance.daemons() == [pid]
    assert after < MEMORY_MAX


def _pings(_: int) -> list[float]:
    with Client(start=False) as client:
        return [_seconds(lambda: client._connection.request(Status(id="s"))) for _ in range(20)]


def _seconds(call) -> float:
    start = time.perf_counter()
    call()
    return time.perf_counter() - start
