"""The pool that a search asks for. Dask is imported for those only who want it."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import TYPE_CHECKING

from difd.pools.local import LocalPool
from difd.protocol.errors import InvalidOption
from difd.protocol.options import SearchOptions, check_options
from difd.system import installed

if TYPE_CHECKING:
    from difd.pools.dask.pool import DaskPool


def chosen_pool(options: SearchOptions) -> LocalPool | DaskPool:
    """The pool that a search asks for; to be closed.

    Raises:
        InvalidOption, JobFailed: see `cluster_pool`.
    """
    if options.pool == "local":
        return LocalPool(options.processes)
    return cluster_pool(options)


def cluster_pool(
    options: SearchOptions,
    cancelled: Callable[[], bool] = lambda: False,
    draining: Callable[[], bool] = lambda: False,
) -> DaskPool:
    """The cluster that a search names; to be closed.

    Args:
        options: of these scheduler, processes, and the paths, which all workers have to see.
        cancelled: see `DaskPool`.
        draining: see `DaskPool`.

    Raises:
        InvalidOption: Dask is not installed, or the address is none.
        JobFailed: the cluster cannot be used.
    """
    try:
        from difd.pools.dask.pool import DaskPool  # noqa: PLC0415  most searches need none of it
    except ImportError as error:
        raise InvalidOption(
            f"The pool 'dask' needs packages that are not installed here: {error}.",
            hint=f"Install them with: {installed.adding('dask')}",
        ) from error
    check_options(options)
    # What is not there at all, discovery says better.
    given = (*options.paths, *options.reference)
    return DaskPool(
        options.scheduler or "",
        paths=tuple(path for path in given if os.path.lexists(path)),
        processes=options.processes,
        cancelled=cancelled,
        draining=draining,
    )
