"""The daemon's configuration: the newest that was right, and the verbs that show and change it.

The file is read when a request needs it, and compared with what was read before: nothing watches
it, and an edit within the clock's tick is noticed, too.
"""

from __future__ import annotations

import logging
import os
from collections.abc import Callable
from pathlib import Path

from difd.protocol.errors import InvalidConfiguration, OwnFilesUnsafe, UsageError
from difd.protocol.replies import SettingsReply
from difd.protocol.requests import ChangeSetting, ShowSettings
from difd.protocol.settings import Settings
from difd.service.server.verbs import Verb, verb
from difd.store import settings_file

_log = logging.getLogger(__name__)


class Configuration:
    """What is configured.

    Args:
        path: the file.
        on_change: called with the new settings when they became others.
    """

    def __init__(self, path: Path, on_change: Callable[[Settings], None]) -> None:
        self._path, self._on_change = path, on_change
        self._text = ""
        self._given: tuple[str, ...] = ()
        self._problem: InvalidConfiguration | OwnFilesUnsafe | None = None
        self.settings = Settings()
        """The newest that were right; what is wrong in the file changes nothing."""

    def refresh(self) -> None:
        """Read the file again, if it is another."""
        try:
            text = settings_file.read_text(self._path)
            if text == self._text and self._problem is None:
                return
            self._text = text
            settings, self._given = settings_file.parse(text, self._path)
        except (InvalidConfiguration, OwnFilesUnsafe) as error:
            if self._problem is None or self._problem.message != error.message:
                _log.warning("%s (%s)", error.message, self._path)
            self._problem = error
            return
        self._problem = None
        if settings != self.settings:
            self.settings = settings
            _log.info("the configuration was read: %s", self._path)
            self._on_change(settings)

    def verbs(self) -> tuple[Verb, ...]:
        """What it answers. To set a value once more does no harm, so no reply need be kept."""
        return (verb(ShowSettings, self._show), verb(ChangeSetting, self._change))

    def _show(self, _connection: bytes, request: ShowSettings | ChangeSetting) -> SettingsReply:
        self.refresh()
        return SettingsReply(
            id=request.id,
            path=os.fsencode(self._path),
            settings=self.settings,
            given=self._given,
            problem=None if self._problem is None else self._problem.info(),
        )

    def _change(self, connection: bytes, request: ChangeSetting) -> SettingsReply:
        """Change a setting, and show all as they are then.

        Raises:
            UsageError: the change is not possible; the file is as it was.
        """
        text = settings_file.read_text(self._path)
        try:
            changed = settings_file.change(text, self._path, request.name, request.values)
            settings_file.parse(changed, self._path)
            settings_file.write(self._path, changed)
        except OSError as error:
            raise UsageError(
                f"The configuration cannot be written: {error.strerror}.",
                path=os.fsencode(self._path),
            ) from error
        return self._show(connection, request)
