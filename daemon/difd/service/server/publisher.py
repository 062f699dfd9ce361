"""Who follows which job, and the events they get.

Only the newest event of a job is kept: whoever connects again has missed nothing that still counts.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable

import msgspec

from difd.protocol.events import JobChanged, JobProgress, SettingsChanged
from difd.protocol.jobs import FINAL_STATES, JobInfo
from difd.protocol.settings import Settings
from difd.service.server.followers import Followers

JobEvent = JobChanged | JobProgress
_ALL = "all jobs"


class Publisher:
    """Hands events to the connections that subscribed.

    Args:
        send: sends a message to a connection; False when it is gone.
    """

    def __init__(self, send: Callable[[bytes, msgspec.Struct], bool]) -> None:
        self.send = send
        self._numbers = itertools.count(1)
        self._followers = Followers(send)
        self._of_all = Followers(send)
        self._newest: dict[str, JobEvent] = {}

    @property
    def has_followers(self) -> bool:
        """Whether anybody follows a job that has not ended."""
        return bool(self._followers)

    def subscribe(self, connection: bytes, job: JobInfo, from_seq: int) -> None:
        """Send `connection` the events of `job` from now on, and the newest if it missed that."""
        if job.state in FINAL_STATES:
            return
        self._followers.add(job.id, connection)
        newest = self._newest.get(job.id)
        if newest is not None and newest.seq > from_seq:
            self.send(connection, newest)

    def follow_all(self, connection: bytes) -> None:
        """Send `connection` the events of all jobs, and new settings.

        That alone keeps no daemon from leaving.
        """
        self._of_all.add(_ALL, connection)

    def changed(self, job: JobInfo) -> None:
        """The job reached another state; a job that ended needs no followers any more."""
        self._publish(job.id, JobChanged(next(self._numbers), job))
        if job.state in FINAL_STATES:
            self._followers.forget(job.id)
            self._newest.pop(job.id, None)

    def progressed(self, job: JobInfo) -> None:
        """The job got further."""
        self._publish(job.id, JobProgress(next(self._numbers), job.id, job.progress))

    def configured(self, settings: Settings) -> None:
        """The settings became others."""
        self._of_all.tell(_ALL, SettingsChanged(settings))

    def _publish(self, job: str, event: JobEvent) -> None:
        self._newest[job] = event
        self._followers.tell(job, event)
        self._of_all.tell(_ALL, event)
