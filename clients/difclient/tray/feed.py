"""Keeps the tray's model up to date: follows the daemon, and the next one when it is replaced.

It never starts a daemon, and keeps none from leaving: a tray is there all day.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from typing import Final

from difclient.client import Client
from difclient.language.choice import desktop_language
from difclient.tray.model import TrayModel
from difd.protocol.endpoint import settings_path, user_endpoint
from difd.protocol.errors import DifdError
from difd.protocol.jobs import JobInfo
from difd.protocol.watching import NewDuplicates, WatchFind

LOOK_SECONDS: Final = 2.0
"""While no daemon runs, its socket is looked for so often; that wakes nobody but us."""

_log = logging.getLogger(__name__)


class Feed:
    """Follows the daemon in a thread of its own.

    Args:
        model: what is kept up to date; only under `lock`.
        changed: called after every change.
        tell: called with what the user wants to be told.
    """

    def __init__(
        self,
        model: TrayModel,
        changed: Callable[[], None],
        tell: Callable[[JobInfo | WatchFind], None],
    ) -> None:
        self.lock = threading.Lock()
        self._model, self._changed, self._tell = model, changed, tell
        self._endpoint = user_endpoint()

    def start(self) -> None:
        """Begin; it ends with the process."""
        threading.Thread(target=self._run, name="feed", daemon=True).start()
        threading.Thread(target=self._follow_language, name="language", daemon=True).start()

    def _run(self) -> None:
        while True:
            try:
                self._follow()
            except Exception as error:  # noqa: BLE001  whatever it was, the next daemon is followed
                if not isinstance(error, DifdError):
                    _log.exception("the daemon is followed no longer")
                with self.lock:
                    self._model.lose()
                self._changed()
            time.sleep(LOOK_SECONDS)
            while not self._endpoint.socket.exists():
                time.sleep(LOOK_SECONDS)

    def _follow(self) -> None:
        """Follow one daemon until it is gone.

        Raises:
            DifdError: it is gone, or there is none.
        """
        with Client(start=False, here=True) as client:
            events = client.events()
            self._refresh(client)
            for event in events:
                with self.lock:
                    news = self._model.take(event)
                if isinstance(event, NewDuplicates):
                    self._refresh(client)
                self._changed()
                if news is not None:
                    self._tell(news)

    def _follow_language(self) -> None:
        """Speak another language as soon as the settings say so; no daemon tells of them."""
        before = _changed_when()
        while True:
            time.sleep(LOOK_SECONDS)
            if (now := _changed_when()) == before:
                continue
            before = now
            try:
                with Client(start=False, here=True) as client:
                    configured = client.settings.look().settings.desktop.language
            except DifdError:
                continue  # the next daemon is asked anyway
            with self.lock:
                self._model.language = desktop_language(configured)
            self._changed()

    def _refresh(self, client: Client) -> None:
        jobs, watches, status = client.jobs(), client.watching.watches(), client.status()
        configured = client.settings.look().settings.desktop.language
        with self.lock:
            self._model.reset(jobs, watches, paused=status.paused, configured=configured)
        self._changed()


def _changed_when() -> int:
    """When the settings were written, in nanoseconds; 0 without any."""
    try:
        return settings_path().stat().st_mtime_ns
    except OSError:
        return 0
