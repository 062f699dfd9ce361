"""The action host: the one process of the daemon that touches users' files, started when needed.

It plans, carries out and undoes, one thing at a time. When the pipe to the daemon closes it
finishes the file that it is at, writes down what was done, and leaves.
"""

from __future__ import annotations

import logging
import queue
import socket
import sqlite3
import threading
import time
from contextlib import closing
from typing import Final

import msgspec

from difd.actions.execution import execute
from difd.actions.lock import action_lock
from difd.actions.planner import Planner
from difd.actions.reconciliation import settle
from difd.actions.undoing import undo
from difd.detail_check import compare
from difd.protocol.actions import RESTING, ActionInfo
from difd.protocol.endpoint import user_endpoint
from difd.protocol.errors import ActionRefused, DifdError
from difd.service.action_messages import (
    ActionAnswer,
    ActionFailed,
    ActionReport,
    CarryOut,
    MakePlan,
    Reverse,
    Settle,
    StopAction,
    decode_action_command,
)
from difd.service.host_entry import inherited_pipe
from difd.service.host_messages import LENGTH, frame
from difd.store.action_journal import ActionJournal
from difd.store.ignore_list import read_ignored
from difd.store.journal import JobJournal

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
        self._pipe = pipe
        self._endpoint = user_endpoint()
        self._commands: queue.SimpleQueue[_Work | None] = queue.SimpleQueue()
        self._stopped: set[str] = set()
        self._leaving = False
        self._last_sent = 0.0

    def serve(self) -> None:
        """Work until the daemon is gone."""
        threading.Thread(target=self._listen, name="commands", daemon=True).start()
        while (command := self._commands.get()) is not None and not self._leaving:
            self._work(command)

    def _listen(self) -> None:
        with self._pipe.makefile("rb") as stream:
            while header := stream.read(LENGTH.size):
                (length,) = LENGTH.unpack(header)
                command = decode_action_command(stream.read(length))
                if isinstance(command, StopAction):
                    self._stopped.add(command.action)
                else:
                    # Who stopped it before did not mean this.
                    self._stopped.discard(command.action)
                    self._commands.put(command)
        self._leaving = True
        self._commands.put(None)

    def _work(self, command: _Work) -> None:
        action = command.action
        try:
            with closing(ActionJournal(self._endpoint.action_journal)) as journal:
                if isinstance(command, Settle):
                    with action_lock(self._endpoint.state):
                        settle(journal)
                else:
                    self._send(ActionReport(self._carry_out(command, journal)))
        except _Stopped:
            error = ActionRefused("The plan was given up.")
            self._send(ActionFailed(action, error.info()))
        except DifdError as error:
            self._send(ActionFailed(action, error.info()))
        except (OSError, sqlite3.Error) as error:
            _log.exception("action %s failed", action)
            refusal = ActionRefused(
                f"Nothing more is done, because the action cannot be written down: {error}.",
                hint="Make room on the disk that holds difd's state, then try again.",
            )
            self._send(ActionFailed(action, refusal.info()))
        except Exception as error:  # noqa: BLE001  the boundary: a fault of ours ends this only
            _log.exception("action %s failed", action)
            refusal = ActionRefused(
                f"It failed unexpectedly: {type(error).__name__}: {error}.",
                hint="The log has the details: difctl daemon logs",
            )
            self._send(ActionFailed(action, refusal.info()))

    def _carry_out(
        self, command: MakePlan | CarryOut | Reverse, journal: ActionJournal
    ) -> ActionInfo:
        def is_stopped() -> bool:
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
                )
                return msgspec.structs.replace(info, stopped=action in self._stopped)
            case Reverse(action):
                return undo(
                    journal,
                    action,
                    self._endpoint.state,
                    on_progress=self._report,
                    cancelled=is_stopped,
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

    def _report(self, info: ActionInfo) -> None:
        now = time.monotonic()
        if info.state not in RESTING and now - self._last_sent >= PROGRESS_SECONDS:
            self._last_sent = now
            self._send(ActionReport(info))

    def _send(self, answer: ActionAnswer) -> None:
        try:
            self._pipe.sendall(frame(answer))
        except OSError:
            # The daemon is gone; what was done is in the journal.
            self._leaving = True


def main() -> None:
    """Serve the pipe that the daemon passed on: `python -m difd.service.action_host --fd N`."""
    ActionHost(inherited_pipe("difd's action host; started by the daemon.")).serve()


if __name__ == "__main__":
    main()
