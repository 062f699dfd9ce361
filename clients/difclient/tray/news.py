"""Tells the user what happened, once, and not too often.

What comes within a few seconds is told together. Of a search, only whoever gets its lease tells:
the command that waits for it in a terminal asks first, then the tray, then the follower of
`difctl open`.
"""

from __future__ import annotations

import logging
import queue
import threading
import time
from collections.abc import Callable
from typing import Final

from difclient.client import Client
from difclient.follower import groups_of_images, listed, outcome
from difclient.language.catalogue import _, counted, speaking
from difclient.notify import show_notification
from difclient.verdict import not_compared
from difd.protocol.errors import DifdError
from difd.protocol.jobs import JobInfo
from difd.protocol.watching import WatchFind

TOGETHER_SECONDS: Final = 0.5
"""How long news wait for more: shorter than the follower of `difctl open` waits for us."""

_SHOWN: Final = 3
"""Notifications that may wait for a click; with more, they are shown without."""

News = JobInfo | WatchFind

_log = logging.getLogger(__name__)


class Teller:
    """Shows notifications from a thread of its own.

    Args:
        opened: called with the job whose notification was clicked.
        language: says which language to tell it in.
    """

    def __init__(self, opened: Callable[[str], None], language: Callable[[], str]) -> None:
        self._opened, self._language = opened, language
        self._queue: queue.SimpleQueue[News] = queue.SimpleQueue()
        self._waiting = threading.BoundedSemaphore(_SHOWN)

    def start(self) -> None:
        """Begin; it ends with the process."""
        threading.Thread(target=self._run, name="news", daemon=True).start()

    def tell(self, news: News) -> None:
        """Tell this, soon."""
        self._queue.put(news)

    def _run(self) -> None:
        while True:
            together = [self._queue.get()]
            time.sleep(TOGETHER_SECONDS)
            while not self._queue.empty():
                together.append(self._queue.get())
            try:
                ours = [news for news in together if _is_ours(news)]
                if ours:
                    with speaking(self._language()):
                        title, body = words(ours)
                        self._show(title, body, _("Review"), _job_of(ours[-1]))
            except Exception:  # noqa: BLE001  one piece of news is not worth the thread
                # Of what comes later, the user wants to be told nevertheless.
                _log.exception("news could not be told")

    def _show(self, title: str, body: str, button: str, job: str) -> None:
        if not self._waiting.acquire(blocking=False):
            show_notification(title, body)
            return

        def show() -> None:
            try:
                if show_notification(title, body, button=button):
                    self._opened(job)
            finally:
                self._waiting.release()

        threading.Thread(target=show, name="notification", daemon=True).start()


def words(together: list[News]) -> tuple[str, str]:
    """Title and text of the notification for what came together; there is something."""
    if len(together) == 1:
        (news,) = together
        return _find_words(news) if isinstance(news, WatchFind) else outcome(news)
    found = sum(_groups(news) for news in together)
    title = groups_of_images(found) if found else _("No matching images")
    if not found and any(map(_is_unread, together)):
        title = _("No matching images among those that could be read")
    return title, counted("In %(count)s search", "In %(count)s searches", len(together))


def _find_words(find: WatchFind) -> tuple[str, str]:
    title = counted("%(count)s new duplicate", "%(count)s new duplicates", find.duplicates)
    where = counted(
        "In %(count)s group, in watched folders:",
        "In %(count)s groups, in watched folders:",
        find.groups,
    )
    return title, f"{where}\n{listed(find.folders)}"


def _groups(news: News) -> int:
    if isinstance(news, WatchFind):
        return news.groups
    return 0 if news.summary is None else news.summary.groups


def _is_unread(news: News) -> bool:
    return (
        isinstance(news, JobInfo) and news.summary is not None and bool(not_compared(news.summary))
    )


def _job_of(news: News) -> str:
    return news.job if isinstance(news, WatchFind) else news.id


def _is_ours(news: News) -> bool:
    """Whether it is us who tell it."""
    try:
        with Client(start=False, here=True) as client:
            return client.take_lease(_job_of(news))
    except DifdError:
        return False  # the daemon is gone; whoever asks the next one finds the result there
