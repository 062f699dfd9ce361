"""Every request, as tagged structs.

A request carries an id that the client makes; the reply repeats it, so a request can be sent again
without being carried out twice. Requests forbid unknown fields: a newer client must not believe it
was understood. That holds for what is nested in them, too: `AskedSearch`, `AskedAction`.
"""

from __future__ import annotations

from typing import Annotated

import msgspec

from difd.protocol.actions import AskedAction
from difd.protocol.deciding import Decide, ListDecisions
from difd.protocol.envelope import JobReference, Request
from difd.protocol.ignoring import ForgetIgnored, IgnoreGroups, ListIgnored
from difd.protocol.options import AskedSearch
from difd.protocol.watching import AddWatch, FollowWatches, ListWatches, RemoveWatches


class Hello(Request, frozen=True, tag="hello"):
    """The first message of a connection: who speaks, and which protocol."""

    protocol_major: int
    protocol_minor: int
    application: Annotated[str, msgspec.Meta(max_length=64)]


class Ping(Request, frozen=True, tag="ping"):
    """Is the daemon there, and is it still the same one?"""


class Submit(Request, frozen=True, tag="submit"):
    """Begin a search. Answered at once; the work is followed with `subscribe`."""

    options: AskedSearch


class Cancel(Request, frozen=True, tag="cancel"):
    """End a job that is queued, paused or running.

    One that runs compares what it has read and keeps that as its result; asked again, it ends at
    once.
    """

    job: JobReference


class PauseJob(Request, frozen=True, tag="job_pause"):
    """Stop a job that is queued or running until it is resumed; what it has read is kept."""

    job: JobReference


class Resume(Request, frozen=True, tag="resume"):
    """Queue a paused, interrupted, failed or cancelled job again, under the same id."""

    job: JobReference


class TakeLease(Request, frozen=True, tag="lease_take"):
    """May I tell the user what became of a job that has ended? One client is told yes."""

    job: JobReference


class Pause(Request, frozen=True, tag="pause"):
    """Let no search run for now, or let them run again. One that runs goes back to the queue."""

    paused: bool


class FollowJobs(Request, frozen=True, tag="jobs_follow"):
    """Be told of every change of every job from now on. Answered with the newest jobs."""

    limit: Annotated[int, msgspec.Meta(ge=1, le=1000)] = 50


class Status(Request, frozen=True, tag="status"):
    """How the daemon itself is."""


class Jobs(Request, frozen=True, tag="jobs"):
    """The newest jobs first, or one job by reference."""

    job: JobReference | None = None
    limit: Annotated[int, msgspec.Meta(ge=1, le=1000)] = 50


class Subscribe(Request, frozen=True, tag="subscribe"):
    """Send me the events of a job with a number above `from_seq`, on this connection."""

    job: JobReference
    from_seq: Annotated[int, msgspec.Meta(ge=0)] = 0


class Results(Request, frozen=True, tag="results"):
    """Rows of a finished job's result, from row `cursor` on, at most `limit` of them."""

    job: JobReference
    cursor: Annotated[int, msgspec.Meta(ge=0)] = 0
    limit: Annotated[int, msgspec.Meta(ge=1, le=10_000)] = 5_000


_Place = Annotated[int, msgspec.Meta(ge=0, le=1_000_000)]
_Length = Annotated[int, msgspec.Meta(ge=1, le=2048)]

Window = tuple[_Place, _Place, _Length, _Length]
"""A part of a picture: left, top, width and height, in pixels of the picture as displayed."""


class Thumbnail(Request, frozen=True, tag="thumbnail"):
    """The picture of a file in a result, small: of row `row`, which is a `Member`.

    Attributes:
        size: its longer edge, in pixels.
        window: this part of it rather, at full size; where it reaches over the edge, what there is.
    """

    job: JobReference
    row: Annotated[int, msgspec.Meta(ge=0)]
    size: Annotated[int, msgspec.Meta(ge=16, le=2048)] = 160
    window: Window | None = None


class Describe(Request, frozen=True, tag="describe"):
    """What the file of a result says about itself: of row `row`, which is a `Member`."""

    job: JobReference
    row: Annotated[int, msgspec.Meta(ge=0)]


class FindDifferences(Request, frozen=True, tag="differences_find"):
    """Where do two files of a result differ, which are its rows `row` and `other`?

    The places are those of `other`. An edited copy is compared only with the picture that it comes
    from.

    Attributes:
        given_up: nobody waits any more for the answer to the request of this id, whoever sent it:
            the two are not compared to the end, and it is answered without places.
    """

    job: JobReference
    row: Annotated[int, msgspec.Meta(ge=0)]
    other: Annotated[int, msgspec.Meta(ge=0)]
    given_up: bool = False


ActionReference = Annotated[str, msgspec.Meta(min_length=1, max_length=64)]
"""An action's id, the beginning of one, or `last`: for `undo` the newest that can be undone."""


class Plan(Request, frozen=True, tag="plan"):
    """Plan an action on the groups of a finished search; answered at once, with its id.

    The plan follows as `ActionChanged` on this connection, and is kept for an hour.
    """

    job: JobReference
    options: AskedAction


class Execute(Request, frozen=True, tag="execute"):
    """Carry out a plan, or go on with an action that was interrupted; `ActionChanged` follows.

    Attributes:
        action: its token: the whole id, because nobody may mean another plan by mistake.
    """

    action: ActionReference


class Undo(Request, frozen=True, tag="undo"):
    """Bring back what an action moved, trashed or replaced; `ActionChanged` follows."""

    action: ActionReference


class StopAction(Request, frozen=True, tag="stop_action"):
    """Do no further file of a plan or action that is under way."""

    action: ActionReference


class Actions(Request, frozen=True, tag="actions"):
    """The newest actions first, or one action or plan by reference."""

    action: ActionReference | None = None
    limit: Annotated[int, msgspec.Meta(ge=1, le=1000)] = 50


class ActionRows(Request, frozen=True, tag="action_rows"):
    """Rows of a plan or action: its files, then what was held back."""

    action: ActionReference
    cursor: Annotated[int, msgspec.Meta(ge=0)] = 0
    limit: Annotated[int, msgspec.Meta(ge=1, le=1000)] = 1000


class InspectCache(Request, frozen=True, tag="cache_info"):
    """What is in the tensor cache?"""


class VerifyCache(Request, frozen=True, tag="cache_verify"):
    """Read every record of the tensor cache, and forget those that are damaged."""


class ClearCache(Request, frozen=True, tag="cache_clear"):
    """Forget everything in the tensor cache."""


class ApplyAccess(Request, frozen=True, tag="access_apply"):
    """The files that say where to listen, and for which keys, were changed: read them again."""


class ShowSettings(Request, frozen=True, tag="config_show"):
    """What is configured?"""


class ChangeSetting(Request, frozen=True, tag="config_set"):
    """Change one setting in the file.

    Attributes:
        name: such as `search.px_size`.
        values: its new value in words, several for a list; None for its default.
    """

    name: Annotated[str, msgspec.Meta(max_length=64)]
    values: tuple[str, ...] | None


class Shutdown(Request, frozen=True, tag="shutdown"):
    """Stop the daemon. With `if_idle` only when no job is queued or running."""

    if_idle: bool = False


AnyRequest = (
    Hello
    | Ping
    | Submit
    | Cancel
    | PauseJob
    | Resume
    | TakeLease
    | Status
    | Pause
    | Jobs
    | FollowJobs
    | Subscribe
    | Results
    | Thumbnail
    | Describe
    | Plan
    | Execute
    | Undo
    | StopAction
    | Actions
    | ActionRows
    | InspectCache
    | VerifyCache
    | ClearCache
    | IgnoreGroups
    | ListIgnored
    | ForgetIgnored
    | Decide
    | ListDecisions
    | AddWatch
    | RemoveWatches
    | ListWatches
    | FollowWatches
    | ApplyAccess
    | ShowSettings
    | ChangeSetting
    | Shutdown
    | FindDifferences
)
