"""The action host: the one process of the daemon that touches users' files, started when needed.

It plans, carries out and undoes, one thing at a time. When the pipe to the daemon closes it
finishes the file that it is at, writes down what was done, and leaves.
"""

from __future__ import annotations

import logging
import queue
import socket
import sqlite3
import sys
import time
from contextlib import closing
from functools import partial
from typing import Final

import msgspec

from difd.actions.files.lock import action_lock
from difd.actions.plan.planner import Planner
from difd.actions.verbs.execution import execute
from difd.actions.verbs.reconciliation import settle
from difd.actions.verbs.undoing import undo
from difd.detail_check import compare
from difd.protocol.actions import RESTING, ActionInfo
from difd.protocol.endpoint import user_endpoint
from difd.protocol.errors import ActionRefused, DifdError
from difd.service.hosts.action_messages import (
    ActionCommand,
    ActionFailed,
    ActionReport,
    ActionWaits,
    AreYouThere,
    CarryOut,
    MakePlan,
    Reverse,
    Settle,
    Settled,
    StopAction,
    decode_action_command,
)
from difd.service.hosts.channel import HostEnd, inherited
from difd.service.hosts.pulse import Pulse
from difd.store.action_journal import ActionJournal
from difd.store.database import JournalUnusable, what_helps
from difd.store.ignore_list import read_ignored
from difd.store.job_journal import JobJournal

PROGRESS_SECONDS: Final = 0.2
"""Progress is sent no more often than this."""

_log = logging.getLogger(__name__)


_Work = MakePlan | CarryOut | Reverse | Settle


class _Stopped(Exception):
    """A plan is not wanted any more."""


class ActionHost:
    """Carries out the commands that arrive on `pipe`, one after the other.

    Args:
        pipe: the stream socket to the daemon.
    """

    def __init__(self, pipe: socket.socket) -> None:
        self._channel = HostEnd(pipe, decode_action_command)
        self._endpoint = user_endpoint()
        self._commands: queue.SimpleQueue[_Work | None] = queue.SimpleQueue()
        self._stopped: set[str] = set()
        self._leaving = False
        self._last_sent = 0.0
        self._pulse = Pulse(self._channel.send)

    def serve(self) -> int:
        """Work until the daemon is gone; returns the exit code."""
        self._channel.listen(self._take, self._leave)
        self._pulse.start()
        while (command := self._commands.get()) is not None and not self._leaving:
            with self._pulse.during(command.action):
                self._work(command)
        return self._channel.exit_code

    def _leave(self) -> None:
        # What was done is in the journal.
        self._leaving = True
        self._commands.put(None)

    def _take(self, command: ActionCommand) -> None:
        match command:
            case AreYouThere():
                self._pulse.beat()
            case StopAction(action):
                self._stopped.add(action)
            case _:
                # Who stopped it before did not mean this.
                self._stopped.discard(command.action)
                self._commands.put(command)

    def _work(self, command: _Work) -> None:
        action = command.action
        try:
            with closing(ActionJournal(self._endpoint.action_journal)) as journal:
                if isinstance(command, Settle):
                    with action_lock(self._endpoint.state):
                        settle(journal)
                    self._channel.send(Settled())
                else:
                    self._channel.send(ActionReport(self._carry_out(command, journal)))
        except _Stopped:
            error = ActionRefused("The plan was given up.")
            self._channel.send(ActionFailed(action, error.info()))
        except DifdError as error:
            self._channel.send(ActionFailed(action, error.info()))
        except JournalUnusable as error:
            refusal = ActionRefused(
                str(error), hint="This daemon is older; restart it with: difctl daemon restart"
            )
            self._channel.send(ActionFailed(action, refusal.info()))
        except (OSError, sqlite3.Error) as error:
            _log.exception("action %s failed", action)
            refusal = ActionRefused(
                f"Nothing more is done, because the action cannot be written down: {error}.",
                hint=f"{what_helps(error)}, then try again.",
            )
            self._channel.send(ActionFailed(action, refusal.info()))
        except Exception as error:  # noqa: BLE001  the boundary: a fault of ours ends this only
            _log.exception("action %s failed", action)
            refusal = ActionRefused(
                f"It failed unexpectedly: {type(error).__name__}: {error}.",
                hint="The log has the details: difctl daemon logs",
            )
            self._channel.send(ActionFailed(action, refusal.info()))

    def _carry_out(
        self, command: MakePlan | CarryOut | Reverse, journal: ActionJournal
    ) -> ActionInfo:
        def is_stopped() -> bool:
            self._pulse.progressed()
            return self._leaving or command.action in self._stopped

        match command:
            case MakePlan():
                return self._plan(command, journal)
            case CarryOut(action):
                info = execute(
                    journal,
                    action,
                    self._endpoint.state,
                    on_progress=self._report,
                    cancelled=is_stopped,
                    on_wait=partial(self._on_wait, action),
                )
                return msgspec.structs.replace(info, stopped=action in self._stopped)
            case Reverse(action):
                return undo(
                    journal,
                    action,
                    self._endpoint.state,
                    on_progress=self._report,
                    cancelled=is_stopped,
                    on_wait=partial(self._on_wait, action),
                )

    def _plan(self, command: MakePlan, journal: ActionJournal) -> ActionInfo:
        started = time.time()

        def on_progress(done: int, total: int) -> None:
            self._report(
                ActionInfo(
                    id=command.action,
                    job=command.job,
                    state="planning",
                    options=command.options,
                    created=started,
                    expires=started,
                    progress=done,
                    total=total,
                )
            )

        def check() -> None:
            self._pulse.progressed()
            if self._leaving or command.action in self._stopped:
                raise _Stopped

        planner = Planner(
            journal,
            compare,
            on_progress,
            check,
            ignored=read_ignored(self._endpoint.ignore_list),
        )
        with closing(JobJournal(self._endpoint.journal)) as jobs:
            return planner.plan(
                jobs.all_rows(command.job),
                command.options,
                job=command.job,
                roots=command.roots,
                references=command.references,
                bins=command.bins,
                token=command.action,
            )

    def _on_wait(self, action: str, _seconds: float, pid: int | None) -> None:
        """The action waits for the action lock, which another process holds."""
        self._pulse.progressed()
        who = "Another process" if pid is None else f"Process {pid}"
        words = f"{who} is changing files; this waits for its end."
        self._channel.send(ActionWaits(action, words))

    def _report(self, info: ActionInfo) -> None:
        self._pulse.progressed()
        now = time.monotonic()
        if info.state not in RESTING and now - self._last_sent >= PROGRESS_SECONDS:
            self._last_sent = now
            self._channel.send(ActionReport(info))


def main() -> None:
    """Entry of the process: `python -m difd.service.action_host --fd N`."""
    sys.exit(ActionHost(inherited("difd's action host; started by the daemon.").pipe).serve())


if __name__ == "__main__":
    main()
