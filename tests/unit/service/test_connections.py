"""Who a connection is counted under, so that nobody crowds the others out."""

from __future__ import annotations

import asyncio

import pytest
import zmq.asyncio

from difd.service.server.connections import Connections, _is_here, _machine


@pytest.mark.parametrize(
    ("address", "machine"),
    [
        ("192.0.2.7", "192.0.2.7"),
        ("::ffff:192.0.2.7", "::ffff:192.0.2.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("fe80::1%eth0", "fe80::/64"),
        ("no address", "no address"),
    ],
)
def test_a_network_that_one_machine_may_have_counts_as_one(address, machine):
    assert _machine(address) == machine


def test_clients_of_this_machine_are_told_from_others():
    assert _is_here("process 7")
    assert _is_here("somebody")
    assert not _is_here("192.0.2.7")


def test_a_watch_that_is_cancelled_while_a_client_speaks_ends():
    async def cancelled() -> bool:
        context = zmq.asyncio.Context()
        socket = context.socket(zmq.ROUTER)
        connections = Connections(context, socket)
        connections._any.set()
        watching = asyncio.create_task(connections.watch())
        await asyncio.sleep(0.05)
        connections.heard()
        watching.cancel()
        done, _ = await asyncio.wait({watching}, timeout=2)
        connections.close()
        socket.close()
        context.term()
        return bool(done)

    assert asyncio.run(cancelled())
