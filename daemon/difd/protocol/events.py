"""What the daemon tells by itself, on the connection of whoever follows it."""

from __future__ import annotations

import msgspec

from difd.protocol.actions import ActionInfo
from difd.protocol.jobs import JobInfo
from difd.protocol.results import Progress
from difd.protocol.settings import Settings
from difd.protocol.watching import NewDuplicates


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


class SettingsChanged(msgspec.Struct, frozen=True, tag="settings_changed"):
    """The settings became others, by whomever; told to who follows all jobs."""

    settings: Settings


AnyEvent = JobChanged | JobProgress | ActionChanged | SettingsChanged | NewDuplicates
