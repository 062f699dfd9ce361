"""Who a connection is counted under, so that nobody crowds the others out."""

from __future__ import annotations

import pytest

from difd.service.server.connections import _is_here, _machine


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
