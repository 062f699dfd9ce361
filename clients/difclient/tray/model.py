"""What the tray shows, made of what the daemon tells: a state, a sentence, searches, folders.

It knows neither a desktop nor a socket, so every story can be told to it in a test.
"""

from __future__ import annotations

import os
from collections import OrderedDict
from collections.abc import Iterable
from typing import Final, Literal, NamedTuple

from msgspec.structs import replace

from difclient.language.catalogue import _, counted, number
from difclient.language.choice import desktop_language
from difclient.language.nouns import STATES, count_groups
from difclient.language.numbers import percent, size
from difclient.language.progress import read
from difclient.language.text import printable
from difclient.verdict import not_compared
from difd.protocol.events import AnyEvent, JobChanged, JobProgress, SettingsChanged
from difd.protocol.jobs import FINAL_STATES, JobInfo
from difd.protocol.watching import NewDuplicates, WatchFind, WatchInfo
from difd.system import paths

State = Literal["down", "idle", "working", "paused", "attention"]
"""No daemon runs; nothing to do; a search runs; searches wait; something new was found."""

RECENT: Final = 8
"""Searches in the menu."""

_REMEMBERED: Final = 200

_NAME_LETTERS: Final = 32


class Entry(NamedTuple):
    """A line of a menu that stands for a search or a folder.

    Attributes:
        reference: the job or the folder.
        text: the line.
    """

    reference: str
    text: str


class TrayModel:
    """What is known, and what follows from it for icon, tooltip and menu.

    Attributes:
        language: what people are spoken to in; who shows the words speaks it.
    """

    def __init__(self) -> None:
        self._jobs: OrderedDict[str, JobInfo] = OrderedDict()
        self._watches: tuple[WatchInfo, ...] = ()
        self._unseen: set[str] = set()
        self.connected = False
        self.paused = False
        self.language = desktop_language()

    @property
    def state(self) -> State:
        """What the icon shows; what is under way goes before what is new."""
        if not self.connected:
            return "down"
        if self.paused:
            return "paused"
        if self._running is not None:
            return "working"
        return "attention" if self._unseen else "idle"

    @property
    def tooltip(self) -> str:
        """What is going on, in a sentence."""
        match self.state:
            case "down":
                return _("difd is not running; the next search starts it")
            case "paused":
                if not self._queued:
                    return _("difd is paused")
                return counted(
                    "difd is paused; %(count)s search is waiting",
                    "difd is paused; %(count)s searches are waiting",
                    self._queued,
                )
            case "attention":
                return _("difd found something new")
            case "idle":
                return _("difd has nothing to do")
            case "working":
                return f"difd: {_progress(self._running)}"

    @property
    def recent(self) -> list[Entry]:
        """The newest searches, newest first, with their numbers."""
        jobs = sorted(self._jobs.values(), key=lambda job: job.created, reverse=True)
        return [Entry(job.id, _line(job)) for job in jobs[:RECENT]]

    @property
    def watched(self) -> list[Entry]:
        """The watched folders."""
        return [
            Entry(os.fsdecode(watch.folder), f"{_short(watch.folder)}: {_watch_state(watch)}")
            for watch in self._watches
        ]

    def reset(
        self,
        jobs: Iterable[JobInfo],
        watches: Iterable[WatchInfo],
        *,
        paused: bool,
        configured: str = "auto",
    ) -> None:
        """A daemon is there; this is how things stand with it.

        Args:
            jobs: the searches that it knows.
            watches: the watched folders.
            paused: searches wait.
            configured: the setting `desktop.language`.
        """
        self.connected, self.paused = True, paused
        self.language = desktop_language(configured)
        self._jobs.clear()
        for job in sorted(jobs, key=lambda job: job.created):
            self._jobs[job.id] = job
        self._watches = tuple(watches)

    def lose(self) -> None:
        """The daemon is gone; what was under way is not any more."""
        self.connected = False

    def take(self, event: AnyEvent) -> JobInfo | WatchFind | None:
        """Take an event in; what the user wants to be told of it, if anything."""
        match event:
            case JobChanged(job=job):
                return self._change(job)
            case JobProgress(job=reference, progress=progress):
                known = self._jobs.get(reference)
                if known is not None:
                    self._jobs[reference] = replace(known, progress=progress)
            case SettingsChanged(settings=settings):
                self.language = desktop_language(settings.desktop.language)
            case NewDuplicates(find=find):
                self._unseen.add(find.job)
                return find
            case _:
                pass
        return None

    def see(self) -> None:
        """The user looks at what was found."""
        self._unseen.clear()

    def _change(self, job: JobInfo) -> JobInfo | None:
        before = self._jobs.get(job.id)
        self._jobs[job.id] = job
        while len(self._jobs) > _REMEMBERED:
            self._jobs.popitem(last=False)
        ended = job.state in FINAL_STATES and (before is None or before.state != job.state)
        if not ended or job.state in {"cancelled", "paused"}:
            return None
        if job.summary is not None and job.summary.groups:
            self._unseen.add(job.id)
        return job

    @property
    def _running(self) -> JobInfo | None:
        return next((job for job in self._jobs.values() if job.state == "running"), None)

    @property
    def _queued(self) -> int:
        return sum(job.state == "queued" for job in self._jobs.values())


def _progress(job: JobInfo | None) -> str:
    if job is None:
        return _("working")
    done = job.progress
    if done.stage == "decode":
        return read(done)
    if done.stage == "lay":
        return _("looking for edited copies, %(share)s", share=percent(done.laid))
    if done.stage in {"match", "report"}:
        return _("comparing, %(share)s", share=percent(done.compared))
    return counted("%(count)s image found so far", "%(count)s images found so far", done.found)


def _line(job: JobInfo) -> str:
    return f"{_short(job.options.paths[0], more=len(job.options.paths) - 1)}: {_outcome(job)}"


def _outcome(job: JobInfo) -> str:
    if job.summary is not None:
        if not job.summary.groups:
            unread = not_compared(job.summary)
            return _("nothing could be compared") if unread else _("nothing found")
        words = count_groups(job.summary.groups)
        freed = job.summary.reclaimable_bytes
        return _("%(groups)s, %(size)s to free", groups=words, size=size(freed)) if freed else words
    if job.state == "running":
        return _progress(job)
    return _(STATES[job.state])


def _watch_state(watch: WatchInfo) -> str:
    match watch.state:
        case "away":
            return _("not connected")
        case "error":
            return _("cannot be watched")
        case "learning":
            return _("being read")
        case _:
            return counted("%(count)s image", "%(count)s images", watch.known)


def _short(path: bytes, more: int = 0) -> str:
    """The end of a path, as it fits into a menu; menus take an underscore for a mark of a key."""
    name = printable(os.path.basename(path.rstrip(paths.SLASH)) or path)
    if len(name) > _NAME_LETTERS:
        name = "…" + name[-_NAME_LETTERS + 1 :]
    return _("%(name)s and %(count)s more", name=name, count=number(more)) if more else name
