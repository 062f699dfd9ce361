"""Actions through the daemon: plan, look at the plan, carry it out, undo it, look back."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from difclient.calls.asking import Ask
from difclient.connection import PATIENCE_SECONDS, new_id
from difd.protocol.actions import RESTING, ActionInfo, ActionOptions, ActionRow, AskedAction
from difd.protocol.events import ActionChanged, AnyEvent
from difd.protocol.replies import ActionReply, ActionRowsReply, ActionsReply
from difd.protocol.requests import ActionRows, Actions, Execute, Plan, StopAction, Undo


class ActionClient:
    """The part of a client that deals with files; reached as `Client.actions`.

    Args:
        ask: sends a request and returns its reply.
        next_event: waits for the next event, so many seconds.
    """

    def __init__(self, ask: Ask, next_event: Callable[[float], AnyEvent | None]) -> None:
        self._ask, self._next_event = ask, next_event

    def plan(self, job: str, options: ActionOptions) -> ActionInfo:
        """Begin to plan an action on a search's groups; `follow` it until it is planned."""
        request = Plan(id=new_id(), job=job, options=AskedAction.of(options))
        return self._ask(request, ActionReply).action

    def execute(self, action: str) -> ActionInfo:
        """Begin to carry out a plan, or go on with an interrupted action; `follow` it."""
        return self._ask(Execute(id=new_id(), action=action), ActionReply).action

    def undo(self, action: str) -> ActionInfo:
        """Begin to undo an action, or with `last` the newest that can be undone; `follow` it."""
        return self._ask(Undo(id=new_id(), action=action), ActionReply).action

    def stop(self, action: str) -> ActionInfo:
        """Ask that no further file be touched; the one under way is finished."""
        return self._ask(StopAction(id=new_id(), action=action), ActionReply).action

    def get(self, action: str) -> ActionInfo:
        """The action or plan with this id, the beginning of one, or `last`."""
        return self._ask(Actions(id=new_id(), action=action), ActionsReply).actions[0]

    def history(self, limit: int = 50) -> tuple[ActionInfo, ...]:
        """The newest actions first."""
        return self._ask(Actions(id=new_id(), limit=limit), ActionsReply).actions

    def rows(self, action: str) -> Iterator[ActionRow]:
        """The files of a plan or action, then what was held back; fetched page by page."""
        cursor: int | None = 0
        while cursor is not None:
            request = ActionRows(id=new_id(), action=action, cursor=cursor)
            page = self._ask(request, ActionRowsReply)
            yield from page.rows
            cursor = page.next_cursor

    def follow(self, info: ActionInfo) -> Iterator[ActionInfo]:
        """Yield the action now and whenever it got further, until it rests.

        If the daemon dies meanwhile, the last state is what the next daemon knows: `interrupted`.
        """
        yield info
        while info.state not in RESTING:
            event = self._next_event(PATIENCE_SECONDS)
            if event is None:
                info = self.get(info.id)
            elif isinstance(event, ActionChanged) and event.action.id == info.id:
                info = event.action
            else:
                continue
            yield info
