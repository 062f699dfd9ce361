"""Settings through the daemon: its own file counts, also when it runs on another machine."""

from __future__ import annotations

from collections.abc import Iterable

from difclient.calls.asking import Ask
from difclient.connection import new_id
from difd.protocol.errors import error_from_info
from difd.protocol.options import SearchOptions
from difd.protocol.replies import SettingsReply
from difd.protocol.requests import ChangeSetting, ShowSettings
from difd.protocol.settings import with_settings


class SettingsClient:
    """The part of a client that deals with settings; reached as `Client.settings`.

    Args:
        ask: sends a request and returns its reply.
    """

    def __init__(self, ask: Ask) -> None:
        self._ask = ask

    def look(self) -> SettingsReply:
        """What is in force, and what is wrong in the file, if anything."""
        return self._ask(ShowSettings(id=new_id()), SettingsReply)

    def show(self) -> SettingsReply:
        """What is configured.

        Raises:
            InvalidConfiguration: the file is wrong; the error says where.
        """
        return _sound(self.look())

    def change(self, name: str, values: tuple[str, ...] | None) -> SettingsReply:
        """Change one setting in the file.

        Args:
            name: such as `search.px_size`.
            values: its new value in words, several for a list; None for its default.

        Raises:
            InvalidOption: there is no such setting, or the value is not possible.
            InvalidConfiguration: something else in the file is wrong.
        """
        return _sound(
            self._ask(ChangeSetting(id=new_id(), name=name, values=values), SettingsReply)
        )

    def complete(self, options: SearchOptions, given: Iterable[str]) -> SearchOptions:
        """The options of a search, with what is configured where the user said nothing.

        Args:
            options: with difd's own defaults.
            given: names of the options that the user gave.

        Raises:
            InvalidConfiguration: the file is wrong; searching otherwise than meant is no help.
        """
        return with_settings(options, self.show().settings.search, given)


def _sound(reply: SettingsReply) -> SettingsReply:
    if reply.problem is not None:
        raise error_from_info(reply.problem)
    return reply
