"""What the daemon and its action host say to each other, on their `channel`."""

from __future__ import annotations

import msgspec

from difd.protocol.actions import ActionInfo, ActionOptions
from difd.protocol.error_info import ErrorInfo
from difd.service.hosts.channel import Alive


class MakePlan(msgspec.Struct, frozen=True, tag="plan"):
    """Plan an action on the groups of a finished search.

    Attributes:
        action: the id that the plan is to have.
        roots: the folders that were searched.
        references: the reference folders among them.
        bins: recycle bins, snapshots and caches were searched on purpose.
    """

    action: str
    job: str
    options: ActionOptions
    roots: tuple[bytes, ...]
    references: tuple[bytes, ...]
    bins: bool = False


class CarryOut(msgspec.Struct, frozen=True, tag="execute"):
    """Carry a plan out."""

    action: str


class Reverse(msgspec.Struct, frozen=True, tag="undo"):
    """Undo an action."""

    action: str


class Settle(msgspec.Struct, frozen=True, tag="settle"):
    """Find out what a process that died left half done; `Settled` or `ActionFailed` follows."""

    action: str = ""


class StopAction(msgspec.Struct, frozen=True, tag="stop"):
    """Do no further file of this action."""

    action: str


class AreYouThere(msgspec.Struct, frozen=True, tag="are_you_there"):
    """Say that you are; `Alive` follows, whatever is under way."""


ActionCommand = MakePlan | CarryOut | Reverse | Settle | StopAction | AreYouThere


class ActionReport(msgspec.Struct, frozen=True, tag="report"):
    """How an action is: at most five times a second while it is under way, and at its end."""

    info: ActionInfo


class ActionFailed(msgspec.Struct, frozen=True, tag="failed"):
    """What was asked for did not happen, or not to its end."""

    action: str
    error: ErrorInfo


class ActionWaits(msgspec.Struct, frozen=True, tag="waits"):
    """The action waits for something; said every second while it does."""

    action: str
    words: str


class Settled(msgspec.Struct, frozen=True, tag="settled"):
    """What was left half done is found out."""


ActionAnswer = ActionReport | ActionFailed | ActionWaits | Settled | Alive

decode_action_command = msgspec.msgpack.Decoder(ActionCommand).decode
decode_action_answer = msgspec.msgpack.Decoder(ActionAnswer).decode
