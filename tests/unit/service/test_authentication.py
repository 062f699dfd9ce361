"""What the gatekeeper reads in an address, and that without it nobody gets in."""

from __future__ import annotations

import pytest
import zmq

from difd.service.server.authentication import LOCAL
from difd.system.posix.endpoint import uid_in


@pytest.mark.parametrize(
    ("peer", "uid"),
    [
        (b"localhost:1000:100:4711", 1000),
        (b"localhost:0:0:1", 0),
        (b"odd:0:0:1:1000:100:4711", 1000),
        (b"localhost:1000:100:", 1000),
        (b"localhost:-1:0:1", None),
        (b"localhost:", None),
        (b"", None),
        (b"127.0.0.1", None),
        (b"::1", None),
        (b"\xff:x:0:1", None),
    ],
)
def test_the_uid_is_the_third_part_from_the_right(peer, uid):
    assert uid_in(peer) == uid


@pytest.mark.parametrize(("enforced", "arrives"), [(0, True), (1, False)])
def test_a_socket_without_a_gatekeeper_lets_nobody_in_because_the_domain_is_enforced(
    tmp_path, enforced, arrives
):
    address = f"ipc://{tmp_path}/s"
    with (
        zmq.Context() as context,
        context.socket(zmq.ROUTER) as router,
        context.socket(zmq.DEALER) as dealer,
    ):
        dealer.setsockopt(zmq.LINGER, 0)
        router.setsockopt(zmq.ZAP_DOMAIN, LOCAL)
        router.setsockopt(zmq.ZAP_ENFORCE_DOMAIN, enforced)
        router.bind(address)
        dealer.connect(address)
        dealer.send(b"")
        assert bool(router.poll(1000)) is arrives
