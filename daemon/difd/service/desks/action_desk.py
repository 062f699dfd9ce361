"""The daemon's desk for actions on files: hands them to the action host, tells who asked for them.

What was planned and done is in the action journal, which the host writes; here is only what is
under way, and who follows it.
"""

from __future__ import annotations

import sqlite3
import uuid
from collections import OrderedDict
from collections.abc import Callable, Coroutine
from typing import Final, assert_never

import msgspec
from msgspec.structs import replace

from difd.protocol.actions import RESTING, ActionInfo, ActionOptions, check_action
from difd.protocol.error_info import ErrorInfo
from difd.protocol.errors import ActionRefused, UsageError
from difd.protocol.events import ActionChanged
from difd.protocol.jobs import JobInfo
from difd.protocol.replies import ActionReply, ActionRowsReply, ActionsReply
from difd.protocol.requests import ActionRows, Actions, Execute, Plan, StopAction, Undo
from difd.service.hosts import action_messages as host
from difd.service.hosts.action_link import ActionLine
from difd.service.server.followers import Followers
from difd.service.server.load import Load
from difd.service.server.verbs import Verb, verb
from difd.store.action_journal import ActionJournal, find_action, newest_undoable

FAILED_KEPT: Final = 100
"""Plans that could not be made are remembered, so that who missed the event can ask."""

UNDER_WAY_MAX: Final = 64
"""Plans and actions that may be under way; more are refused."""


class ActionDesk:
    """Takes requests about actions.

    Args:
        journal: read only, here.
        find_job: the job that a client means.
        send: sends a message to a connection; False when it is gone.
        spawn: runs a coroutine beside the rest.
    """

    def __init__(
        self,
        journal: ActionJournal,
        find_job: Callable[[str], JobInfo],
        send: Callable[[bytes, msgspec.Struct], bool],
        spawn: Callable[[Coroutine[None, None, None]], None],
    ) -> None:
        self._journal, self._find_job = journal, find_job
        self._current: dict[str, ActionInfo] = {}
        self._load = Load(self._current.__contains__)
        self._failed: OrderedDict[str, ActionInfo] = OrderedDict()
        self._followers = Followers(send)
        self._line = ActionLine(self._take, self._wait, self._fail_late, self._lose, spawn)
        if journal.unsettled():
            self._line.ask("", host.Settle())

    @property
    def is_busy(self) -> bool:
        """Whether a plan or an action is under way."""
        return bool(self._current)

    async def close(self) -> None:
        """Let the host go: it finishes the file that it is at, and is never killed."""
        await self._line.close()

    def verbs(self) -> tuple[Verb, ...]:
        """What it answers."""
        return (
            verb(Plan, self._plan, changes=True, begins=True),
            verb(Execute, self._execute, changes=True),
            verb(Undo, self._undo, changes=True),
            verb(StopAction, self._stop, changes=True),
            verb(Actions, self._show),
            verb(ActionRows, self._rows),
        )

    def _plan(self, connection: bytes, request: Plan) -> ActionReply:
        """Begin to plan.

        Raises:
            UsageError: the job has no result, or an option is out of range.
        """
        job = self._find_job(request.job)
        options = request.options.plain()
        check_action(options)
        if not job.has_result:
            raise UsageError(f"Job {job.id[:8]} is {job.state} and has no result to act on.")
        info = _planning(job.id, options, job.created)
        if not self._load.takes(info.id, options):
            raise ActionRefused("The plans being made name too many files; try again later.")
        command = host.MakePlan(
            info.id,
            job.id,
            options,
            (*job.options.paths, *job.options.reference),
            job.options.reference,
            bins=job.options.bins,
        )
        return self._begin(connection, request.id, info, command)

    def _execute(self, connection: bytes, request: Execute) -> ActionReply:
        """Begin to carry a plan out.

        Raises:
            UsageError: there is no such plan.
            ActionRefused: too much is under way.
        """
        info = self._find(request.action)
        if info.id != request.action:
            raise UsageError("A plan is carried out by its whole id only.")
        if info.id in self._current or info.state == "done":
            self._follow(connection, info)
            return ActionReply(id=request.id, action=info)
        return self._begin(
            connection, request.id, replace(info, state="running"), host.CarryOut(info.id)
        )

    def _undo(self, connection: bytes, request: Undo) -> ActionReply:
        """Begin to undo an action.

        Raises:
            UsageError: there is no such action.
            ActionRefused: it cannot be undone now.
        """
        if request.action == "last":
            found = newest_undoable(self._journal)
        else:
            found = self._find(request.action)
        if found is None:
            raise ActionRefused("There is nothing to undo.")
        if found.id in self._current:
            raise ActionRefused("This action is under way; wait until it ends, or stop it first.")
        begun = replace(found, state="undoing", progress=0, total=found.done - found.undone)
        return self._begin(connection, request.id, begun, host.Reverse(found.id))

    def _stop(self, _connection: bytes, request: StopAction) -> ActionReply:
        info = self._find(request.action)
        if info.id in self._current and self._line.stop(info.id):
            info = self._taken_back(info)
        return ActionReply(id=request.id, action=info)

    def _show(self, connection: bytes, request: Actions) -> ActionsReply:
        if request.action is None:
            found = [self._as_it_is(info) for info in self._journal.newest(request.limit)]
        else:
            found = [self._find(request.action)]
            self._follow(connection, found[0])
        return ActionsReply(id=request.id, actions=tuple(found))

    def _rows(self, _connection: bytes, request: ActionRows) -> ActionRowsReply:
        rows = self._journal.rows(self._find(request.action).id, request.cursor, request.limit)
        after = request.cursor + len(rows) if len(rows) == request.limit else None
        return ActionRowsReply(id=request.id, rows=tuple(rows), next_cursor=after)

    def _begin(
        self, connection: bytes, request: str, info: ActionInfo, command: msgspec.Struct
    ) -> ActionReply:
        if len(self._current) >= UNDER_WAY_MAX:
            raise ActionRefused(f"{UNDER_WAY_MAX} actions are under way already; try again later.")
        self._current[info.id] = info
        self._follow(connection, info)
        self._line.ask(info.id, command)
        return ActionReply(id=request, action=self._current.get(info.id, info))

    def _find(self, reference: str) -> ActionInfo:
        for known in (self._current, self._failed):
            if reference in known:
                return known[reference]
        if reference == "last":
            newest = self._journal.newest(1)
            if not newest:
                raise UsageError("No action was carried out yet.")
            return self._as_it_is(newest[0])
        return self._as_it_is(find_action(self._journal, reference))

    def _as_it_is(self, info: ActionInfo) -> ActionInfo:
        """What is under way is known here better; what should be and is not was interrupted."""
        if info.id in self._current:
            return self._current[info.id]
        return info if info.state in RESTING else replace(info, state="interrupted")

    def _follow(self, connection: bytes, info: ActionInfo) -> None:
        if info.id in self._current:
            self._followers.add(info.id, connection)

    def _take(self, answer: host.ActionReport | host.ActionFailed) -> None:
        match answer:
            case host.ActionReport(info):
                self._tell(info)
            case host.ActionFailed(action, error):
                self._fail_with(action, error)
            case _:
                assert_never(answer)

    def _wait(self, action: str, words: str) -> None:
        """An action waits for something else than before."""
        if action in self._current:
            self._tell(replace(self._current[action], waiting=words))

    def _fail_late(self, action: str, message: str) -> None:
        error = ActionRefused(message, hint="Try again later. See what was done: difctl history")
        self._fail_with(action, error.info())

    def _lose(self, action: str, message: str) -> None:
        error = ActionRefused(message, hint="See what was done with: difctl history")
        lost = self._current.get(action)
        self._fail_with(action, error.info())
        if lost is not None and lost.state != "planning":
            # A file may have a name of ours until journal and disk are compared; nobody may ever
            # ask for another action.
            self._line.ask("", host.Settle())

    def _taken_back(self, info: ActionInfo) -> ActionInfo:
        """An action that was stopped before it was begun: as if nobody had asked for it."""
        if info.state == "planning":
            self._fail_with(info.id, ActionRefused("The plan was given up.").info())
            return self._failed[info.id]
        before = self._current.pop(info.id)
        rests = replace(self._known(before), stopped=True)
        self._tell(rests)
        return rests

    def _fail_with(self, action: str, error: ErrorInfo) -> None:
        before = self._current.pop(action, None)
        if before is None:
            return
        if before.state == "planning":
            failed = replace(before, state="failed", error=error)
            self._failed[action] = failed
            if len(self._failed) > FAILED_KEPT:
                self._failed.popitem(last=False)
            self._tell(failed)
        else:
            self._tell(replace(self._known(before), error=error))

    def _known(self, before: ActionInfo) -> ActionInfo:
        """What the journal knows of an action that ended early; it may be forgotten, or damaged."""
        try:
            return self._as_it_is(find_action(self._journal, before.id))
        except (UsageError, sqlite3.Error):
            return replace(before, state="interrupted")

    def _tell(self, info: ActionInfo) -> None:
        self._followers.tell(info.id, ActionChanged(info))
        if info.state in RESTING:
            self._current.pop(info.id, None)
            self._followers.forget(info.id)
        else:
            self._current[info.id] = info


def _planning(job: str, options: ActionOptions, created: float) -> ActionInfo:
    return ActionInfo(
        id=uuid.uuid4().hex,
        job=job,
        state="planning",
        options=replace(options, files=(), removals=None),
        created=created,
        expires=created,
    )
