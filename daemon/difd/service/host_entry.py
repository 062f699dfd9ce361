"""The entry of the processes beside the daemon: takes over the pipe that the daemon passed on."""

from __future__ import annotations

import argparse
import logging
import signal
import socket


def inherited_pipe(description: str) -> socket.socket:
    """The stream socket named by `--fd N`; and a log on stderr.

    Args:
        description: for `--help`.
    """
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("--fd", type=int, required=True)
    fd = parser.parse_args().fd
    # Ctrl-C in a terminal is the daemon's to answer; our end is the end of the pipe.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s %(message)s")
    pipe = socket.socket(fileno=fd)
    pipe.set_inheritable(inheritable=False)
    return pipe
