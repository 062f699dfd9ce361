"""One search for all that is selected in Explorer, which starts one process for each file.

Each process writes down what it was started with. The first of them waits until no more comes, and
goes on with all of it; the others are done. Explorer tells nobody how many there will be, so this
is a matter of time: the wait is short beside a search, and longer than what starting takes.
"""

from __future__ import annotations

import json
import os
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final

from difclient import GATHER
from difd.protocol.endpoint import prepare_directories, user_endpoint
from difd.protocol.ownership import open_file
from difd.system import files, locks, processes

SETTLE_SECONDS: Final = 0.5
"""Without another one for so long, and twice what starting took us, all are there."""

LONGEST_SECONDS: Final = 30.0
"""How long is waited at most; what was written before that is of a process that was killed."""

_EVERY: Final = 0.05


def gathered(arguments: Sequence[str]) -> list[str] | None:
    """The arguments of a command with the paths of all processes that were started beside it.

    Args:
        arguments: the command, options, `--` and paths; `GATHER` is among the options.

    Returns:
        The same without `GATHER`, and with all paths in the order in which they came; None if
        another process goes on with ours.

    Raises:
        DifdError: the runtime directory is not safe.
        OSError: it cannot be written to.
    """
    end = arguments.index("--")
    words = [word for word in arguments[:end] if word != GATHER]
    endpoint = user_endpoint()
    prepare_directories(endpoint)
    name = "-".join(filter(str.isalnum, (word.strip("-") for word in words)))
    paths = _all_of(endpoint.runtime / f"selected-{name}", arguments[end + 1 :])
    return None if paths is None else [*words, "--", *paths]


def _all_of(place: Path, paths: Sequence[str]) -> list[str] | None:
    """All paths that processes write down at this place now; None if another process has them.

    The lock of the list is held while it is read or written; that of the turn by who waits, who
    lets it go while the list is locked: whoever writes later begins anew.
    """
    flags = os.O_RDWR | os.O_CREAT
    with _opened(place, flags) as selected, _opened(place.with_suffix(".turn"), flags) as turn:
        with _locked(selected):
            _append(selected, paths)
            try:
                locks.take(turn)
            except BlockingIOError:
                return None
        _settle(selected)
        with _locked(selected):
            found = _read(selected)
            os.ftruncate(selected, 0)
            locks.release(turn)
    return found


def _settle(selected: int) -> None:
    """Wait until nothing was added for a while."""
    # Where starting is slow just now, so it is for the others.
    wait = SETTLE_SECONDS + 2 * processes.age()
    size, now = -1, time.monotonic()
    quiet, last = now, now + LONGEST_SECONDS
    while now < min(quiet, last) or size < 0:
        grown = os.fstat(selected).st_size
        if grown != size:
            size, quiet = grown, now + wait
        time.sleep(_EVERY)
        now = time.monotonic()


def _append(selected: int, paths: Sequence[str]) -> None:
    # Both systems count this clock from their start on, for all processes alike.
    # It begins a line of its own, whatever a process that was killed has left half written.
    line = f"\n{json.dumps([time.monotonic(), list(paths)])}\n"
    files.write_at(selected, line.encode("ascii"), os.fstat(selected).st_size)


def _read(selected: int) -> list[str]:
    """What was written down; not what a process left behind that was killed while it waited."""
    found: list[str] = []
    now = time.monotonic()
    for line in files.read_at(selected, os.fstat(selected).st_size, 0).splitlines():
        with suppress(ValueError):
            at, paths = json.loads(line)
            if 0 <= now - at <= 2 * LONGEST_SECONDS:
                found += paths
    return list(dict.fromkeys(found))


@contextmanager
def _opened(place: Path, flags: int) -> Iterator[int]:
    descriptor = open_file(place, flags)
    try:
        yield descriptor
    finally:
        os.close(descriptor)


@contextmanager
def _locked(descriptor: int) -> Iterator[None]:
    locks.wait(descriptor)
    try:
        yield
    finally:
        locks.release(descriptor)
