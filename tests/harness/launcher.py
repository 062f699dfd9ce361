"""What `harness.prepared` forks from: it imports what a program does, and has one thread.

The program is `difctl`, `dask`, or `difpy`: a script that runs the real difPy.
"""

from __future__ import annotations

import atexit
import gc
import importlib
import json
import os
import runpy
import select
import signal
import socket
import sys
import threading
from contextlib import suppress
from pathlib import Path

_DIFPY = Path(__file__).with_name("difpy_process.py")


def run(program: str) -> None:
    if program == "difpy":
        runpy.run_path(str(_DIFPY), run_name="__main__")
    else:
        package = "difclient" if program == "difctl" else program
        runpy.run_module(package, run_name="__main__", alter_sys=True)


def modules(program: str) -> list[str]:
    """What a program imports sooner or later."""
    if program == "difpy":
        return ["difPy.dif", "multiprocessing.pool", "numpy"]
    if program == "dask":
        return ["dask.cli", "distributed.cli.dask_scheduler", "distributed.cli.dask_worker"]
    from difclient.cli.main import _COMMANDS  # noqa: PLC0415  of this program only

    return [
        *(place.split(":")[0] for place in _COMMANDS.values()),
        *("difclient.language.text", "difclient.client", "difclient.notify", "subprocess"),
        *("difclient.report.page", "difclient.review.gateway"),
    ]


def serve(asked: socket.socket) -> None:
    """Fork until whoever started this closes its end; return in a forked process."""
    gc.collect()
    gc.freeze()
    # Ctrl-C at the terminal of the tests is for them, and for difctl.
    interrupt = signal.signal(signal.SIGINT, signal.SIG_IGN)
    ended, wake = socket.socketpair()
    wake.settimeout(0)
    signal.set_wakeup_fd(wake.fileno(), warn_on_full_buffer=False)
    signal.signal(signal.SIGCHLD, lambda _number, _frame: None)
    told: dict[int, socket.socket] = {}
    while True:
        ready, _, _ = select.select([asked, ended], [], [])
        if ended in ready:
            ended.recv(4096)
            _tell(told)
        if asked not in ready:
            continue
        message, pipes, _, _ = socket.recv_fds(asked, 1 << 20, 4)
        if not message:
            sys.exit(0)
        pid = os.fork()
        if pid == 0:
            signal.set_wakeup_fd(-1)
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            for one in (asked, ended, wake, *told.values()):
                one.close()
            _become(json.loads(message), pipes)
            signal.signal(signal.SIGINT, interrupt)
            return
        reply = socket.socket(fileno=pipes.pop())
        for pipe in pipes:
            os.close(pipe)
        told[pid] = reply
        with suppress(OSError):  # nobody may wait for it any more
            reply.send(str(pid).encode())


def _tell(told: dict[int, socket.socket]) -> None:
    while told:
        pid, status = os.waitpid(-1, os.WNOHANG)
        if pid == 0:
            return
        with told.pop(pid) as reply, suppress(OSError):  # nobody may wait for it any more
            reply.send(str(status).encode())


def _become(asked: dict, pipes: list[int]) -> None:
    for number, pipe in enumerate(pipes[:3]):
        os.dup2(pipe, number)
    for pipe in pipes:
        os.close(pipe)
    os.environ.clear()
    os.environ.update(asked["environment"])
    os.umask(asked["umask"])
    os.chdir(asked["folder"])
    sys.path[0] = asked["folder"]
    sys.argv = [sys.argv[0], *asked["arguments"]]


def _leave(code: int) -> None:
    """Do what Python does at its end, but free nothing: that takes four times as long."""
    threading._shutdown()
    atexit._run_exitfuncs()
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)


if __name__ == "__main__":
    _, descriptor, name = sys.argv
    for module in modules(name):
        importlib.import_module(module)
    serve(socket.socket(fileno=int(descriptor)))
    try:
        run(name)
    except SystemExit as leaving:
        if isinstance(leaving.code, int):
            _leave(leaving.code)
        raise
    _leave(0)
