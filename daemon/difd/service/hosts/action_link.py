"""The line to the action host: one command at a time, and what is known of how the host is.

A host can be stopped, or hang in a drive that is gone. It is never killed for it: it may be in the
middle of a change to files, whoever stopped it may have had a reason, and a process that hangs in
the kernel keeps the action lock even when it is killed. So whoever waits is told for what, and what
was not begun is taken back after a while. What was begun goes on when the host comes back.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Coroutine
from typing import Final

import msgspec

from difd.protocol.actions import RESTING
from difd.service.hosts import action_messages as host
from difd.service.hosts.channel import Alive
from difd.service.hosts.process import HostProcess
from difd.service.hosts.pulse import SILENT_SECONDS, Patience

IDLE_SECONDS: Final = 30.0
"""How long an action host without work is kept."""

WAIT_SECONDS: Final = 45.0
"""How long a command may wait for its turn; then it is not carried out any more."""

STILL_SECONDS: Final = SILENT_SECONDS
"""How long one file may take before that is said."""

ANSWER_SECONDS: Final = 2.0
"""A host that had nothing to do answers sooner than this."""

_LOOK_SECONDS: Final = 0.5

_TOLD_SECONDS: Final = 3.0
"""What the host itself waits for it says every second; after this long it waits no more."""

_SILENT: Final = (
    "Waiting for process {pid}, which does not answer: perhaps a drive or network folder is gone."
)
_STILL: Final = (
    "Waiting for process {pid}, which has been busy with one file for a while: perhaps a drive or "
    "network folder is slow or gone."
)
_BUSY: Final = "Waiting for another action on files, which is under way."

_Answer = host.ActionReport | host.ActionFailed


class _Command(msgspec.Struct):
    """A command that waits for its turn.

    Attributes:
        action: what it is about; "" if it is nobody's.
        message: what the host is told.
        since: when it came, on the loop's clock.
    """

    action: str
    message: msgspec.Struct
    since: float


class ActionLine:
    """Hands commands to the action host in the order in which they come.

    Args:
        on_answer: called with what the host reports of an action.
        on_waiting: called when what an action waits for became another; "" for nothing.
        on_late: called with an action that was not begun, and will not be, and why.
        on_loss: called with an action that was at the host when that ended, and how.
        spawn: runs a coroutine beside the rest.
    """

    def __init__(
        self,
        on_answer: Callable[[_Answer], None],
        on_waiting: Callable[[str, str], None],
        on_late: Callable[[str, str], None],
        on_loss: Callable[[str, str], None],
        spawn: Callable[[Coroutine[None, None, None]], None],
    ) -> None:
        self._on_answer, self._on_waiting = on_answer, on_waiting
        self._on_late, self._on_loss = on_late, on_loss
        self._spawn = spawn
        self._loop = asyncio.get_running_loop()
        self._host = HostProcess(
            "difd.service.action_host",
            host.decode_action_answer,
            self._take,
            self._ended,
            IDLE_SECONDS,
        )
        self._waiting: deque[_Command] = deque()
        self._begun: str | None = None
        self._words: dict[str, str] = {}
        self._asked: float | None = None  # when the host was asked whether it is there
        self._patience = Patience(STILL_SECONDS, silent=_SILENT, still=_STILL)
        self._told = ("", 0.0)  # what the host itself waits for, and when it said so
        self._timer: asyncio.TimerHandle | None = None

    def ask(self, action: str, message: msgspec.Struct) -> None:
        """Have a command carried out when its turn comes."""
        self._waiting.append(_Command(action, message, self._loop.time()))
        self._advance()
        self._look()

    def stop(self, action: str) -> bool:
        """Have an action do no further file.

        Returns:
            Whether it was not begun, and is not any more; else the host answers.
        """
        if action == self._begun:
            self._host.send(host.StopAction(action))
            return False
        before = len(self._waiting)
        self._waiting = deque(one for one in self._waiting if one.action != action)
        return len(self._waiting) < before

    async def close(self) -> None:
        """Let the host go: it finishes the file that it is at, and is never killed."""
        if self._timer is not None:
            self._timer.cancel()
        self._waiting.clear()
        await self._host.close(kill=False)

    def _advance(self) -> None:
        """Ask the host whether it is there, if something waits for nothing but that."""
        if self._begun is None and self._waiting and self._asked is None:
            self._asked = self._loop.time()
            self._spawn(self._approach())
        elif self._begun is None and not self._waiting:
            self._host.rest()

    async def _approach(self) -> None:
        is_new = self._host.pid is None
        try:
            await self._host.wake()
        except OSError as error:
            self._asked = None
            self._lose_all(f"could not be started: {error.strerror or error}")
            return
        # Whoever has yet to start answers later than who waits for work.
        self._asked = self._loop.time() + (SILENT_SECONDS - ANSWER_SECONDS if is_new else 0.0)
        self._host.send(host.AreYouThere())

    def _take(self, answer: host.ActionAnswer) -> None:
        self._patience.heard()
        match answer:
            case Alive(work, still):
                self._patience.heard(still if work == self._begun else 0.0)
                if self._begun is None and self._asked is not None:
                    self._hand_over()
            case host.Settled():
                self._begun = None
            case host.ActionWaits(action, words):
                self._told = (words, self._loop.time())
                self._say(action, words)
            case host.ActionReport(info):
                self._words.pop(info.id, None)
                if info.state in RESTING and info.id == self._begun:
                    self._begun = None
                self._on_answer(answer)
            case host.ActionFailed(action):
                self._words.pop(action, None)
                if action == self._begun:
                    self._begun = None
                self._on_answer(answer)
        self._advance()

    def _hand_over(self) -> None:
        self._asked = None
        if self._waiting:
            command = self._waiting.popleft()
            self._begun = command.action
            self._patience.heard()
            self._say(command.action, "")
            self._host.send(command.message)

    def _ended(self, how: str) -> None:
        asked, self._asked = self._asked, None
        begun, self._begun = self._begun, None
        if begun is not None:
            self._lose(begun, f"ended unexpectedly ({how})")
        if asked is not None:
            # It died before it said a word, and the next one would, too.
            self._lose_all(f"ended unexpectedly ({how})")
        elif self._waiting:
            self._advance()

    def _lose_all(self, how: str) -> None:
        lost = [command.action for command in self._waiting]
        self._waiting.clear()
        for action in lost:
            self._lose(action, how)

    def _lose(self, action: str, how: str) -> None:
        self._words.pop(action, None)
        self._on_loss(action, f"The action process {how}.")

    def _look(self) -> None:
        """See how the host is, as long as somebody waits for it; then again in a while."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        now = self._loop.time()
        of_host = self._host_words(now)
        if self._begun is not None:
            told, since = self._told
            self._say(self._begun, of_host or (told if now - since < _TOLD_SECONDS else ""))
        for command in list(self._waiting):
            words = of_host or (_BUSY if self._begun is not None else "")
            if now - command.since > WAIT_SECONDS:
                self._waiting.remove(command)
                self._words.pop(command.action, None)
                self._on_late(command.action, self._refusal())
            else:
                self._say(command.action, words)
        if self._begun is not None or self._waiting:
            self._timer = self._loop.call_later(_LOOK_SECONDS, self._look)

    def _host_words(self, now: float) -> str:
        """What there is to say of the host; "" while it is as it should be."""
        pid = self._host.pid
        if pid is None:
            return ""
        if self._begun is None:
            late = self._asked is not None and now - self._asked > ANSWER_SECONDS
            return _SILENT.format(pid=pid) if late else ""
        return self._patience.words(pid)

    def _refusal(self) -> str:
        if self._begun is None:
            return f"Nothing was done: process {self._host.pid} does not answer."
        return "Nothing was done: another action on files is under way and does not end."

    def _say(self, action: str, words: str) -> None:
        if self._words.get(action, "") != words:
            self._words[action] = words
            self._on_waiting(action, words)
