"""A worker process of the local pool: receives a function and some items, sends the results back.

Started as a script, by its path: nothing of the host program is imported, so hosts need no
`if __name__ == "__main__"` guard. Kept to the standard library, so that it starts in no time. Or it
is run in a copy of the host (see `worker_process`).
"""

from __future__ import annotations

import fcntl
import gc
import importlib
import os
import pickle
import resource
import signal
import sys
from contextlib import suppress
from multiprocessing.connection import Connection
from typing import Any, Final, NoReturn

READY: Final = b"ready"
"""The first message of a worker that could start."""

LIFELINE: Final = 0
"""Standard input: a pipe whose other end only the host holds."""

NAME: Final = "difd worker"
"""The name of the process, where the system keeps one (15 characters at most)."""

_CONNECTION: Final = 3
"""Where a copy has its end of the pipe."""

_M_TRIM_THRESHOLD: Final = -1
_M_MMAP_MAX: Final = -4
"""Of glibc's malloc.h."""

_KEPT: Final = 256 << 20

_NICENESS: Final = 5
"""Decoding gives way to whatever the user is doing."""


def main() -> None:
    """Serve the connection named on the command line until it closes."""
    connection = Connection(int(sys.argv[1]))
    _die_with_host()
    setup = pickle.loads(connection.recv_bytes())  # noqa: S301 - from the process that started us
    sys.path[:] = setup["path"]
    _prepare(setup["memory"])
    connection.send_bytes(READY)
    if setup["ahead"]:
        importlib.import_module(setup["ahead"])
    _serve(connection)


def run_as_copy(connection: int, lifeline: int, memory: int) -> NoReturn:
    """Be a worker in a process that was just forked from the host.

    Args:
        connection: a descriptor, the worker's end of the pipe.
        lifeline: a descriptor, which the host keeps from closing.
        memory: most address space, in bytes; 0 for no limit.
    """
    # All that the host has open stays the host's: its end shows others that it is gone.
    ours = os.dup(connection)
    os.dup2(lifeline, LIFELINE)
    os.dup2(ours, _CONNECTION)
    os.closerange(_CONNECTION + 1, os.sysconf("SC_OPEN_MAX"))
    gc.freeze()
    _die_with_host()
    _prepare(memory)
    served = Connection(_CONNECTION)
    served.send_bytes(READY)
    _serve(served)
    os._exit(0)


def _prepare(memory: int) -> None:
    _be_named()
    _limit(memory)
    _keep_memory()
    _silence()


def _serve(connection: Connection[Any, Any]) -> None:
    try:
        while True:
            function, items = pickle.loads(connection.recv_bytes())  # noqa: S301 - from our host
            connection.send_bytes(_packed([_answer(function, item) for item in items]))
    except (EOFError, ConnectionError):
        return


def _answer(function: Any, item: Any) -> Any:  # noqa: ANN401 - any function, any item
    """The result, or a `WorkerLoss` with the reason."""
    from difd.engine.work import WorkerLoss  # noqa: PLC0415 - needs the host's path

    try:
        return function(item)
    except MemoryError:
        return WorkerLoss("needs more memory than a worker may take")
    except (KeyboardInterrupt, SystemExit):
        raise
    except BaseException as error:  # noqa: BLE001 - decoders written in Rust panic with BaseException
        return WorkerLoss(f"the decoder failed: {type(error).__name__}: {error}"[:200])


def _packed(results: list[Any]) -> bytes:
    """The pickled results; where that fails, for what reason of whose."""
    try:
        return pickle.dumps(results, protocol=pickle.HIGHEST_PROTOCOL)
    except Exception:  # noqa: BLE001 - whatever it was, `_answer` finds it again
        return pickle.dumps([_answer(_sendable, result) for result in results])


def _sendable(result: Any) -> Any:  # noqa: ANN401
    pickle.dumps(result, protocol=pickle.HIGHEST_PROTOCOL)
    return result


def _die_with_host() -> None:
    """Have the kernel end this process when the lifeline breaks.

    SIGIO, left at its default, does it even while a decoder holds the interpreter; a thread that
    waits for the end of the host could not run then.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGIO, signal.SIG_DFL)
    fcntl.fcntl(LIFELINE, fcntl.F_SETOWN, os.getpid())
    flags = fcntl.fcntl(LIFELINE, fcntl.F_GETFL)
    fcntl.fcntl(LIFELINE, fcntl.F_SETFL, flags | os.O_ASYNC | os.O_NONBLOCK)
    try:
        gone = os.read(LIFELINE, 1) == b""
    except BlockingIOError:
        gone = False
    if gone:  # the host ended before the lines above
        os._exit(1)


def _limit(memory: int) -> None:
    """No core dumps, at most `memory` bytes of address space, low priority."""
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    _, hard = resource.getrlimit(resource.RLIMIT_AS)
    if memory and (hard == resource.RLIM_INFINITY or memory < hard):
        resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    os.nice(max(0, _NICENESS - os.nice(0)))  # the engine host has given way before


def _be_named() -> None:
    """Be told apart from the host in lists of processes; a copy has its command line."""
    with suppress(OSError), open("/proc/self/comm", "w", encoding="ascii") as name:
        name.write(NAME)


def _keep_memory() -> None:
    """Keep memory between pictures.

    glibc gives large blocks back to the system at once, and the next picture pays for every page
    again: half of the time of a bare decode of 12 megapixels. So up to 256 MB are kept.
    """
    try:
        import ctypes  # noqa: PLC0415 - Python may be built without it

        set_option = ctypes.CDLL(None).mallopt
    except (ImportError, OSError, AttributeError):
        return
    set_option(_M_MMAP_MAX, 0)
    set_option(_M_TRIM_THRESHOLD, _KEPT)


def _silence() -> None:
    """Decoders write their complaints to standard error; results carry them better."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 1)
    os.dup2(nowhere, 2)
    os.close(nowhere)


if __name__ == "__main__":
    main()
