"""Every reply, as tagged structs. They tolerate unknown fields, so older clients go on working."""

from __future__ import annotations

import msgspec

from difd.protocol.actions import ActionInfo, ActionRow
from difd.protocol.deciding import DecisionsReply
from difd.protocol.description import Description
from difd.protocol.envelope import Reply
from difd.protocol.error_info import ErrorInfo
from difd.protocol.ignoring import IgnoredReply
from difd.protocol.jobs import JobInfo, Seconds
from difd.protocol.results import Box, Row
from difd.protocol.settings import Settings
from difd.protocol.watching import FindsReply, WatchesReply


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
    """The answer to `submit`, `subscribe`, `cancel`, `job_pause` and `resume`: the job as it is."""

    job: JobInfo


class JobsReply(Reply, frozen=True, tag="job_list"):
    """The answer to `jobs`, newest first."""

    jobs: tuple[JobInfo, ...]


class LeaseReply(Reply, frozen=True, tag="lease"):
    """The answer to `lease_take`: whether it is the asker who tells the user."""

    granted: bool


class StatusReply(Reply, frozen=True, tag="daemon_status"):
    """The answer to `status` and `pause`.

    Attributes:
        memory: resident bytes of the daemon, None where the system does not tell.
        addresses: where the daemon listens.
        queued, running: jobs in these states.
        engine_pid: the engine host's process, None while there is none.
        paused: no search runs until a client says so.
        dashboard: of the Dask cluster on which a search runs, None if it runs on none.
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
    paused: bool = False
    dashboard: str | None = None


class ResultsReply(Reply, frozen=True, tag="result_rows"):
    """The answer to `results`; `next_cursor` is None after the last row."""

    rows: tuple[Row, ...]
    next_cursor: int | None


class StoredResultsReply(Reply, frozen=True, tag="result_rows"):
    """The same message as the daemon sends it: rows stay as they were stored, undecoded."""

    rows: list[msgspec.Raw]
    next_cursor: int | None


class ThumbnailReply(Reply, frozen=True, tag="thumbnail_image"):
    """The answer to `thumbnail`: a JPEG, PNG or BMP file, or why there is none."""

    image: bytes | None
    reason: str | None = None


class DescriptionReply(Reply, frozen=True, tag="description"):
    """The answer to `describe`: what the file says, or why that is not known."""

    description: Description | None
    reason: str | None = None


class DifferencesReply(Reply, frozen=True, tag="differences"):
    """The answer to `differences_find`.

    Attributes:
        places: those first that differ most, as shares of the picture as displayed; one that is all
            of it if the two differ all over, none if they do not; None if they were not compared.
        reason: why not.
    """

    places: tuple[Box, ...] | None
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
    | LeaseReply
    | StatusReply
    | ResultsReply
    | ThumbnailReply
    | DescriptionReply
    | ActionReply
    | ActionsReply
    | ActionRowsReply
    | CacheInfoReply
    | CacheCheckReply
    | CacheClearedReply
    | IgnoredReply
    | DecisionsReply
    | WatchesReply
    | FindsReply
    | AccessReply
    | SettingsReply
    | Stopping
    | ErrorReply
    | DifferencesReply
)
