"""Every request, reply and event, as tagged structs.

A request carries an id that the client makes; the reply repeats it, so a request can be sent again
without being carried out twice. Requests forbid unknown fields (a newer client must not believe it
was understood); replies and events tolerate them (an older client goes on working).
"""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec

from difd.protocol.actions import ActionInfo, ActionOptions, ActionRow
from difd.protocol.envelope import JobReference, Reply, Request
from difd.protocol.errors import ErrorInfo
from difd.protocol.ignoring import ForgetIgnored, IgnoredReply, IgnoreGroups, ListIgnored
from difd.protocol.options import SearchOptions
from difd.protocol.results import Progress, Row, Summary
from difd.protocol.settings import Settings

JobState = Literal["queued", "running", "done", "failed", "cancelled", "interrupted"]
FINAL_STATES: frozenset[JobState] = frozenset({"done", "failed", "cancelled", "interrupted"})
"""States in which a job rests; `interrupted` ones can be resumed."""

Seconds = Annotated[float, msgspec.Meta(ge=0, le=1e12)]


class JobInfo(msgspec.Struct, frozen=True):
    """A job as clients see it. Times are seconds since 1970."""

    id: str
    state: JobState
    options: SearchOptions
    created: Seconds
    started: Seconds | None = None
    finished: Seconds | None = None
    progress: Progress = Progress()
    summary: Summary | None = None
    error: ErrorInfo | None = None


# Requests


class Hello(Request, frozen=True, tag="hello"):
    """The first message of a connection: who speaks, and which protocol."""

    protocol_major: int
    protocol_minor: int
    application: Annotated[str, msgspec.Meta(max_length=64)]


class Ping(Request, frozen=True, tag="ping"):
    """Is the daemon there, and is it still the same one?"""


class Submit(Request, frozen=True, tag="submit"):
    """Begin a search. Answered at once; the work is followed with `subscribe`."""

    options: SearchOptions


class Cancel(Request, frozen=True, tag="cancel"):
    """End a job that is queued or running."""

    job: JobReference


class Resume(Request, frozen=True, tag="resume"):
    """Queue an interrupted, failed or cancelled job again, under the same id."""

    job: JobReference


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


class Thumbnail(Request, frozen=True, tag="thumbnail"):
    """The picture of a file in a result, small: of row `row`, which is a `Member`.

    Attributes:
        size: its longer edge, in pixels.
    """

    job: JobReference
    row: Annotated[int, msgspec.Meta(ge=0)]
    size: Annotated[int, msgspec.Meta(ge=16, le=2048)] = 160


ActionReference = Annotated[str, msgspec.Meta(min_length=1, max_length=64)]
"""An action's id, the beginning of one, or `last`: for `undo` the newest that can be undone."""


class Plan(Request, frozen=True, tag="plan"):
    """Plan an action on the groups of a finished search; answered at once, with its id.

    The plan follows as `ActionChanged` on this connection, and is kept for an hour.
    """

    job: JobReference
    options: ActionOptions


class Execute(Request, frozen=True, tag="execute"):
    """Carry out a plan, or go on with an action that was interrupted; `ActionChanged` follows."""

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
    | Resume
    | Status
    | Jobs
    | Subscribe
    | Results
    | Thumbnail
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
    | ApplyAccess
    | ShowSettings
    | ChangeSetting
    | Shutdown
)


# Replies


class Welcome(Reply, frozen=True, tag="welcome"):
    """The answer to `hello`. `instance` is new with every start of a daemon."""

    protocol_major: int
    protocol_minor: int
    application: str
    instance: str
    pid: int


class Pong(Reply, frozen=True, tag="pong"):
    """The answer to `ping`."""

    instance: str


class JobReply(Reply, frozen=True, tag="job"):
    """The answer to `submit`, `cancel`, `resume` and `subscribe`: the job as it is now."""

    job: JobInfo


class JobsReply(Reply, frozen=True, tag="job_list"):
    """The answer to `jobs`, newest first."""

    jobs: tuple[JobInfo, ...]


class StatusReply(Reply, frozen=True, tag="daemon_status"):
    """The answer to `status`.

    Attributes:
        memory: resident bytes of the daemon, None where the system does not tell.
        addresses: where the daemon listens.
        queued, running: jobs in these states.
        engine_pid: the engine host's process, None while there is none.
    """

    pid: int
    application: str
    protocol_major: int
    protocol_minor: int
    instance: str
    uptime: Seconds
    memory: int | None
    addresses: tuple[str, ...]
    queued: int
    running: int
    engine_pid: int | None = None


class ResultsReply(Reply, frozen=True, tag="result_rows"):
    """The answer to `results`; `next_cursor` is None after the last row."""

    rows: tuple[Row, ...]
    next_cursor: int | None


class StoredResultsReply(Reply, frozen=True, tag="result_rows"):
    """The same message as the daemon sends it: rows stay as they were stored, undecoded."""

    rows: list[msgspec.Raw]
    next_cursor: int | None


class ThumbnailReply(Reply, frozen=True, tag="thumbnail_image"):
    """The answer to `thumbnail`: a JPEG or PNG file, or why there is none."""

    image: bytes | None
    reason: str | None = None


class ActionReply(Reply, frozen=True, tag="action"):
    """The answer to `plan`, `execute`, `undo` and `stop_action`: the action as it is now."""

    action: ActionInfo


class ActionsReply(Reply, frozen=True, tag="action_list"):
    """The answer to `actions`, newest first."""

    actions: tuple[ActionInfo, ...]


class ActionRowsReply(Reply, frozen=True, tag="action_row_list"):
    """The answer to `action_rows`; `next_cursor` is None after the last row."""

    rows: tuple[ActionRow, ...]
    next_cursor: int | None


class CacheInfoReply(Reply, frozen=True, tag="cache_content"):
    """The answer to `cache_info`.

    Attributes:
        directory: where it is.
        records: pictures in it, each once, however many copies there are.
        files: files whose content is known by their stat.
        size: bytes on the disk.
        limit: most bytes it may take.
    """

    directory: bytes
    records: int
    files: int
    size: int
    limit: int


class CacheCheckReply(Reply, frozen=True, tag="cache_check"):
    """The answer to `cache_verify`.

    Attributes:
        records: records that are sound.
        damaged: records that were not, and are forgotten.
        rebuilt: the index itself was damaged, and everything is forgotten.
    """

    records: int
    damaged: int
    rebuilt: bool


class CacheClearedReply(Reply, frozen=True, tag="cache_cleared"):
    """The answer to `cache_clear`: the bytes that became free."""

    freed: int


class AccessReply(Reply, frozen=True, tag="access"):
    """The answer to `access_apply`: where other machines may connect, `HOST:PORT`, or None."""

    address: str | None


class SettingsReply(Reply, frozen=True, tag="settings"):
    """The answer to `config_show` and `config_set`.

    Attributes:
        path: the file, whether there is one or not.
        settings: what is in force.
        given: names of the settings that the file gives a value.
        problem: what is wrong in the file; then `settings` are the newest that were right.
    """

    path: bytes
    settings: Settings
    given: tuple[str, ...]
    problem: ErrorInfo | None = None


class Stopping(Reply, frozen=True, tag="stopping"):
    """The answer to `shutdown`: whether the daemon is now on its way out, and its process."""

    stopping: bool
    pid: int


class ErrorReply(Reply, frozen=True, tag="error"):
    """The answer to a request that was not carried out."""

    error: ErrorInfo


AnyReply = (
    Welcome
    | Pong
    | JobReply
    | JobsReply
    | StatusReply
    | ResultsReply
    | ThumbnailReply
    | ActionReply
    | ActionsReply
    | ActionRowsReply
    | CacheInfoReply
    | CacheCheckReply
    | CacheClearedReply
    | IgnoredReply
    | AccessReply
    | SettingsReply
    | Stopping
    | ErrorReply
)


# Events


class JobChanged(msgspec.Struct, frozen=True, tag="job_changed"):
    """A job reached another state. `seq` numbers the events of a job upwards."""

    seq: int
    job: JobInfo


class JobProgress(msgspec.Struct, frozen=True, tag="job_progress"):
    """A running job's progress; at most five a second, the newest only."""

    seq: int
    job: str
    progress: Progress


class ActionChanged(msgspec.Struct, frozen=True, tag="action_changed"):
    """A plan or action got further or came to rest; at most five a second while under way."""

    action: ActionInfo


AnyEvent = JobChanged | JobProgress | ActionChanged
