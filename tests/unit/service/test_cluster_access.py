"""Who is let in from another machine cannot choose whose pickles are read here."""

from __future__ import annotations

import pytest

from difd.protocol.errors import InvalidOption
from difd.protocol.options import AskedSearch
from difd.protocol.requests import ChangeSetting, Submit
from difd.service.cluster_access import refuse_strange_scheduler

OURS, THEIRS = "tcp://ours:8786", "tcp://theirs:8786"


def search(**options):
    return Submit(id="a", options=AskedSearch(paths=(b"/p",), **options))


def set_to(name, *values):
    return ChangeSetting(id="a", name=name, values=values)


@pytest.mark.parametrize(
    "request_",
    [
        search(pool="dask", scheduler=THEIRS),
        set_to("search.scheduler", THEIRS),
        set_to("search.scheduler", OURS),
    ],
)
def test_while_other_machines_may_connect_no_other_scheduler_is_used(request_):
    with pytest.raises(InvalidOption, match="listens for other machines"):
        refuse_strange_scheduler(request_, listens=True, configured=OURS)
    refuse_strange_scheduler(request_, listens=False, configured=OURS)


@pytest.mark.parametrize(
    "request_",
    [
        search(),
        search(scheduler=THEIRS),
        search(pool="dask", scheduler=OURS),
        set_to("search.px_size", "20"),
    ],
)
def test_everything_else_goes_on(request_):
    refuse_strange_scheduler(request_, listens=True, configured=OURS)
