"""The command `difctl`, also as `python -m difclient`: a search starts its daemon first of all.

The command's own modules take as long to import as the daemon takes to start.
"""

import os
import sys
import threading
from typing import NoReturn

from difclient import CHOICE, GATHER


def main() -> NoReturn:
    """Run `difctl` and leave with its exit code."""
    # Who is started by Explorer has nothing to write to.
    sys.stdout = sys.stdout or open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115  to the end
    sys.stderr = sys.stderr or open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115  the same
    command, *arguments = sys.argv[1:] or [""]
    if command == "open" and GATHER in arguments[: _end_of_options(arguments)]:
        _gather()
    # What names nothing is answered without a daemon; one on another machine is not ours to start.
    ahead = command == "search" and CHOICE not in os.environ
    ahead = ahead and any(map(os.path.exists, arguments))
    if ahead:
        from difclient.starting import start_ahead  # noqa: PLC0415  most commands find a daemon

        start_ahead()
    from difclient.cli.main import main as difctl  # noqa: PLC0415  after the daemon was started

    try:
        difctl()
    except SystemExit as end:
        if ahead:
            from difclient.starting import give_up_ahead  # noqa: PLC0415

            give_up_ahead()
        if isinstance(end.code, int) and threading.active_count() == 1:
            _leave(end.code)
        raise


def _end_of_options(arguments: list[str]) -> int:
    return arguments.index("--") if "--" in arguments else 0


def _gather() -> None:
    """Go on for all processes that were started for the same selection, or leave it to another."""
    from difclient.gathering import gathered  # noqa: PLC0415  nobody else needs it
    from difd.protocol.errors import DifdError  # noqa: PLC0415  the same

    try:
        found = gathered(sys.argv[1:])
    except (DifdError, OSError):
        # What stands in the way is met again by the command, which tells it.
        found = [word for word in sys.argv[1:] if word != GATHER]
    if found is None:
        os._exit(0)
    sys.argv[1:] = found


def _leave(code: int) -> None:
    """End at once: to take all modules apart first is a sixth of what a short command takes.

    Nobody else runs in this process, and what a command opens it closes itself. Not if what was
    printed cannot be written: Python's own end tells that.
    """
    try:
        for stream in filter(None, (sys.stdout, sys.stderr)):
            stream.flush()
    except OSError:
        return
    os._exit(code)


if __name__ == "__main__":
    main()
