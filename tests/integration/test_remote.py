"""A daemon on another machine: off unless asked for, for allowed keys, with the same commands."""

from __future__ import annotations

import json
import os
import signal
import socket
import stat
import time
from collections.abc import Iterator

import pytest
import zmq
from harness.instance import Instance, wait_until
from harness.network import (
    NAS_ADDRESS,
    Cable,
    another_machine,
    document,
    free_port,
    inside,
    introduce,
)
from harness.pictures import photo

from difclient.client import Client
from difd.protocol import codec
from difd.protocol.errors import AccessDenied
from difd.protocol.requests import Ping


@pytest.fixture
def laptop(instance) -> Iterator[Instance]:
    with another_machine(instance) as made:
        yield made


@pytest.fixture
def address() -> str:
    return f"127.0.0.1:{free_port()}"


def test_the_daemon_is_not_on_the_network_unless_told_to_be(instance, address):
    instance.difctl("daemon", "start")
    assert document(instance.difctl("daemon", "status", "--json"))["addresses"] == [
        f"ipc://{instance.endpoint.socket}"
    ]
    instance.difctl("daemon", "listen", "--address", address)
    assert document(instance.difctl("daemon", "status", "--json"))["addresses"][1:] == [
        f"tcp://{address}"
    ]
    instance.difctl("daemon", "restart")
    assert _accepts(address)
    everywhere = "0.0.0.0:" + address.partition(":")[2]
    again = instance.difctl("daemon", "listen", "--address", everywhere)
    assert again.returncode == 0, again.stderr
    assert instance.difctl("daemon", "listen", "--off").returncode == 0
    wait_until(lambda: not _accepts(address))


def test_the_same_commands_work_on_the_other_machine(instance, laptop, address, tmp_path):
    photos = tmp_path / "photos"
    photos.mkdir()
    photo().save(photos / "a.jpg")
    (photos / "b.jpg").write_bytes((photos / "a.jpg").read_bytes())
    introduce(laptop, instance, address)
    found = document(laptop.difctl("--host", "nas", "search", photos, "--json"))
    assert [len(group["files"]) for group in found["groups"]] == [2]
    shown = laptop.difctl("--host", "nas", "show", "last").stdout
    assert f"difctl --host nas trash {found['job'][:8]} (asks first)\n" in shown
    report = laptop.root / "report"
    done = laptop.difctl("--host", "nas", "search", photos, "--output-directory", report)
    assert done.returncode == 0, done.stderr
    (page,) = report.glob("*.html")
    assert "data:image/jpeg;base64," in page.read_text()
    trashed = laptop.difctl("--host", "nas", "move", "last", tmp_path / "extra", "--yes")
    assert trashed.returncode == 0, trashed.stderr
    assert len(list(photos.iterdir())) == 1
    assert laptop.difctl("--host", "nas", "undo").returncode == 0
    assert len(list(photos.iterdir())) == 2
    assert not laptop.daemons()


def test_paths_are_the_other_machines(instance, laptop, address):
    introduce(laptop, instance, address)
    missing = laptop.difctl("--host", "nas", "search", "/no/such/volume")
    assert missing.returncode == 2
    assert "does not exist" in missing.stderr
    relative = laptop.difctl("--host", "nas", "search", "photos")
    assert relative.returncode == 2
    assert "have to be absolute" in relative.stderr


def test_who_is_not_allowed_is_told_so_and_gets_nothing(instance, laptop, address):
    introduce(laptop, instance, address)
    instance.difctl("keys", "revoke", "laptop")
    refused = laptop.difctl("--host", "nas", "jobs")
    assert refused.returncode == 3
    assert "does not let this machine in" in refused.stderr


def test_a_revoked_key_loses_its_connection_at_once(instance, laptop, address, monkeypatch):
    introduce(laptop, instance, address)
    monkeypatch.setenv("XDG_CONFIG_HOME", laptop.environment["XDG_CONFIG_HOME"])
    monkeypatch.setenv("DIFD_HOST", "nas")
    with Client() as client:
        assert client.jobs() == ()
        assert instance.difctl("keys", "revoke", "laptop").returncode == 0
        with pytest.raises(AccessDenied):
            client.jobs()


def test_another_machine_in_the_place_of_the_trusted_one_gets_nothing(instance, laptop, address):
    introduce(laptop, instance, address)
    other, _ = zmq.curve_keypair()
    laptop.difctl("keys", "trust", "nas", address, other.decode())
    refused = laptop.difctl("--host", "nas", "jobs")
    assert refused.returncode == 3, refused.stdout


def test_plain_tcp_is_refused(instance, laptop, address):
    introduce(laptop, instance, address)
    with zmq.Context() as context, context.socket(zmq.DEALER) as plain:
        plain.setsockopt(zmq.LINGER, 0)
        plain.connect(f"tcp://{address}")
        plain.send_multipart(codec.encode(Ping(id="plain")))
        assert not plain.poll(2000)
    unknown = laptop.difctl("--host", f"tcp://{address}", "jobs")
    assert unknown.returncode == 2
    assert "No daemon is trusted under the name" in unknown.stderr


def test_a_key_may_begin_with_a_dash(laptop):
    key = "-Qe@$w-vo<fVvi]a<NY6T1ed:M$fCG*[IaLV{hID"
    assert laptop.difctl("keys", "trust", "nas", "nas.local", key).returncode == 0
    assert laptop.difctl("keys", "allow", "laptop", key).returncode == 0
    listed = json.loads(laptop.difctl("keys", "list", "--json").stdout)
    assert listed["allowed"][0]["key"] == listed["trusted"][0]["key"] == key


def test_a_daemon_elsewhere_is_never_started(laptop):
    nobody, _ = zmq.curve_keypair()
    laptop.difctl("keys", "trust", "nas", f"127.0.0.1:{free_port()}", nobody.decode())
    gone = laptop.difctl("--host", "nas", "jobs")
    assert gone.returncode == 3
    assert "did not answer" in gone.stderr
    assert laptop.difctl("--host", "nas", "daemon", "start").returncode == 2
    assert not laptop.daemons()


def test_files_with_keys_are_their_owners_alone_or_not_used(instance, laptop, address):
    introduce(laptop, instance, address)
    folder = instance.root / "config" / "difd" / "remote"
    for file in folder.iterdir():
        assert stat.S_IMODE(file.stat().st_mode) == 0o600, file
    (folder / "allowed").chmod(0o644)
    assert "is open to other users" in instance.difctl("keys", "list").stderr
    assert laptop.difctl("--host", "nas", "jobs").returncode == 3


@pytest.mark.timeout(300)
@pytest.mark.skipif(os.getuid() != 0, reason="only root can make networks")
@pytest.mark.parametrize("seconds", [1, 12])
def test_a_search_survives_a_cut_in_the_network(instance, laptop, tmp_path, seconds):
    for number in range(60):
        photo(1500 + number % 30, 1000).save(tmp_path / f"{number}.jpg")
    with Cable() as cable:
        nas, top = inside(cable.nas, instance), inside(cable.laptop, laptop)
        introduce(top, nas, f"{NAS_ADDRESS}:5690")
        search = top.start("--host", "nas", "search", tmp_path, "--json", "--processes", "1")
        wait_until(lambda: bool(instance.workers()), 60)
        (worker,) = instance.workers()
        os.kill(worker, signal.SIGSTOP)  # a picture that takes as long as the cut
        assert '"running"' in nas.difctl("jobs", "--json").stdout
        cable.cut()
        time.sleep(seconds)
        cable.mend()
        os.kill(worker, signal.SIGCONT)
        output, errors = search.communicate(timeout=200)
        assert search.returncode == 0, errors
        assert output.count('"action": "remove"') == 30
        nas.end()


def _accepts(address: str) -> bool:
    host, port = address.split(":")
    with socket.socket() as probe:
        return probe.connect_ex((host, int(port))) == 0
