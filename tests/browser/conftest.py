"""What tests of the review page share: a gateway, and a browser in front of it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from harness.gateway import Gateway, running_gateway


@pytest.fixture
def gateway(instance) -> Iterator[Gateway]:
    """A gateway that nobody has entered yet."""
    with running_gateway(instance) as running:
        yield running
