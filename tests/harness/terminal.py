"""A terminal of a test's own, on which a command or a shell runs and is typed to."""

from __future__ import annotations

import fcntl
import os
import pty
import re
import select
import signal
import struct
import termios
import time

SECONDS = 60
"""How long something is waited for."""

_CONTROLS = re.compile(
    r"\x1b\[[0-9;?<>=]*[a-zA-Z]|\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)|\x1b[()][0-9A-B]|\x1b[=>]|\r"
)
"""What a terminal does not show: colours, moves, titles, character sets, modes."""


class Terminal:
    """A command on a terminal of its own, as in a window: it has the keys, and can be typed to.

    What is typed goes to whoever reads the terminal; Ctrl-C becomes a signal to all in front.
    """

    def __init__(self, environment, *words, rows=24, columns=80):
        self._shown = b""
        self.pid, self._keys = pty.fork()
        if self.pid == 0:
            try:
                signal.signal(signal.SIGINT, signal.SIG_DFL)
                fcntl.ioctl(0, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
                arguments = [os.fspath(word) for word in words]
                os.execve(words[0], arguments, environment)  # noqa: S606
            finally:
                os._exit(127)

    @property
    def text(self) -> str:
        """What was shown so far, without colours."""
        return _CONTROLS.sub("", self._shown.decode("utf-8", "replace"))

    @property
    def raw(self) -> bytes:
        """The same with all that controls the terminal."""
        return self._shown

    def wait_for(self, words: str) -> None:
        """Wait until something is shown."""
        deadline = time.monotonic() + SECONDS
        while words not in self.text:
            assert time.monotonic() < deadline, f"{words!r} is not in {self.text}"
            assert self.read(), f"ended without {words!r}: {self.text}"

    def read(self) -> bool:
        """Read what comes soon; whether there may be more."""
        return self._read(0.1)

    def type(self, keys: str) -> None:
        """Press keys."""
        os.write(self._keys, keys.encode())

    def end(self) -> int:
        """Read to the end; the exit code."""
        while self._read(SECONDS):
            pass
        os.close(self._keys)
        return os.waitstatus_to_exitcode(os.waitpid(self.pid, 0)[1])

    def _read(self, seconds: float) -> bool:
        """Read what comes within some seconds; whether there may be more."""
        if not select.select([self._keys], [], [], seconds)[0]:
            return seconds < SECONDS
        try:
            part = os.read(self._keys, 1 << 16)
        except OSError:  # nobody has it open any more
            return False
        self._shown += part
        return bool(part)
