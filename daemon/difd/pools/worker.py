"""A worker process of the local pool: receives a function and some items, sends the results back.

Started as a script, by its path: nothing of the host program is imported, so hosts need no
`if __name__ == "__main__"` guard. Kept to the standard library and one seam of ours, so
that it starts in no time. Or it is run in a copy of the host (see `worker_process`).
"""

from __future__ import annotations

import gc
import importlib
import os
import pickle
import sys
from multiprocessing.connection import Connection
from types import ModuleType
from typing import Any, Final

READY: Final = b"ready"
"""The first message of a worker that could start."""

NAME: Final = "difd worker"
"""The name of the process, where the system keeps one (15 characters at most)."""

_KEPT: Final = 256 << 20
"""Bytes of freed memory that are kept between pictures."""

_ROOT: Final = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
"""Where the package `difd` lies."""

_NICENESS: Final = 5
"""Decoding gives way to whatever the user is doing."""


def main() -> None:
    """Serve the connection named on the command line until it closes."""
    processes = _processes()
    connection = processes.connection_of(sys.argv[1])
    processes.end_with_host()
    setup = pickle.loads(connection.recv_bytes())  # noqa: S301 - from the process that started us
    sys.path[:] = setup["path"]
    _prepare(processes, setup["memory"])
    connection.send_bytes(READY)
    if setup["ahead"]:
        importlib.import_module(setup["ahead"])
    _serve(connection)


def run_as_copy(connection: int, memory: int) -> None:
    """Be a worker in a process that was just forked from the host.

    Args:
        connection: a descriptor, the worker's end of the pipe.
        memory: most address space, in bytes; 0 for no limit.
    """
    gc.freeze()
    processes = _processes()
    processes.end_with_host()
    _prepare(processes, memory)
    served = Connection(connection)
    served.send_bytes(READY)
    _serve(served)


def _processes() -> ModuleType:
    """What the system does for processes, found beside this file wherever a host is started."""
    if _ROOT not in sys.path:
        sys.path.append(_ROOT)
    return importlib.import_module("difd.system.processes")


def _prepare(processes: ModuleType, memory: int) -> None:
    """Take a name, no core dumps and at most so much memory, and give way to the user."""
    processes.is_named(NAME)
    processes.limit_this(memory)
    processes.give_way(_NICENESS)  # the engine host has given way before
    # glibc gives large blocks back to the system at once, and the next picture pays for every page
    # again: half of the time of a bare decode of 12 megapixels.
    processes.keep_memory(_KEPT)
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


def _silence() -> None:
    """Decoders write their complaints to standard error; results carry them better."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 1)
    os.dup2(nowhere, 2)
    os.close(nowhere)


if __name__ == "__main__":
    main()
