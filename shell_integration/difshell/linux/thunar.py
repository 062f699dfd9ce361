"""Thunar, the file manager of Xfce: our actions among the user's own, in one file.

The file of a user replaces the system's, so the first one begins as a copy of it. It is changed as
text: what is not ours keeps every byte, and removal gives the file back as it was.
"""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import Final
from xml.etree import ElementTree as ET
from xml.sax.saxutils import escape

from difshell.footprint import Footprint, read_text
from difshell.linux.command_line import command_line, filled
from difshell.linux.packages import program_version
from difshell.menu import ENTRIES, ICON, Entry, Rule
from difshell.plugin import IntegrationRefused, Problem, State, command_problems
from difshell.surroundings import Surroundings

_EMPTY: Final = '<?xml version="1.0" encoding="UTF-8"?>\n<actions>\n</actions>\n'
_ANY_NUMBER: Final = 1_000_000
_EFFECTIVE: Final = ("unique-id", "command", "range", "patterns", "directories", "image-files")
_OUR_ACTION: Final = re.compile(
    r"<action>(?:(?!</action>).)*<unique-id>difd-[a-z0-9-]+</unique-id>(?:(?!</action>).)*</action>\n?",
    re.DOTALL,
)


class Thunar:
    """The custom actions in `~/.config/Thunar/uca.xml`.

    Args:
        surroundings: where to write, and what the entries run.
    """

    name = "thunar"

    def __init__(self, surroundings: Surroundings) -> None:
        self._surroundings = surroundings
        self._footprint = Footprint(self.name, surroundings)
        self._file = surroundings.config / "Thunar" / "uca.xml"

    def detect(self) -> str | None:
        """Its version."""
        return program_version("thunar")

    def install(self) -> None:
        """Put our actions behind the others."""
        now = read_text(self._file)
        before = _system_actions() if now is None else now
        wanted = self._with_ours(before)
        # Thunar reads the file again at every change.
        if now is None or self._effects(now) != self._effects(wanted):
            self._footprint.merge(self._file, wanted, before if now is None else None)

    def uninstall(self) -> None:
        """Take our actions out; the file goes if it is there because of them."""
        now = read_text(self._file)
        rest = None if now is None else _without_ours(now, self._file)
        self._footprint.part(self._file, None if rest == now else rest)

    def status(self) -> State:
        """How our actions are."""
        now = read_text(self._file)
        if now is None or not _OUR_ACTION.search(now):
            return "absent"
        right = self._effects(now) == self._effects(self._with_ours(now))
        return "installed" if right else "outdated"

    def verify(self) -> tuple[Problem, ...]:
        """Whether the command is there; Thunar needs nothing else."""
        return command_problems(self._surroundings.command)

    def _with_ours(self, text: str) -> str:
        ours = "".join(
            self._action(entry, number, rule)
            for entry in ENTRIES
            for number, rule in enumerate(entry.rules(), 1)
        )
        rest = re.sub(r"<actions\s*/>", "<actions>\n</actions>", _without_ours(text, self._file))
        begin, end, after = rest.rpartition("</actions>")
        merged = begin + ours + end + after
        if _others(merged, self._file) != _others(text, self._file):
            raise _odd(self._file)
        return merged

    def _effects(self, text: str) -> list[tuple[str | None, ...]]:
        """What our actions do; Thunar writes the rest of them in its own way."""
        return [
            tuple(action.findtext(part) for part in _EFFECTIVE)
            for action in _actions(text, self._file)
            if _is_ours(action)
        ]

    def _action(self, entry: Entry, number: int, rule: Rule) -> str:
        return filled(
            "thunar.template",
            icon=ICON,
            name=f"difd-{entry.name}-{number}",
            names="".join(_name(*label) for label in entry.labels.items()),
            command=escape(command_line(self._surroundings.command, entry)),
            range=_range(rule),
            kinds="\t<directories/>\n" * rule.folders + "\t<image-files/>\n" * rule.images,
        )


def _name(language: str, label: str) -> str:
    attribute = "" if language == "en" else f' xml:lang="{language}"'
    return f"\t<name{attribute}>{escape(label)}</name>\n"


def _range(rule: Rule) -> str:
    if rule.minimum == 1 and rule.maximum is None:
        return ""
    return f"{rule.minimum}-{rule.maximum or _ANY_NUMBER}"


def _system_actions() -> str:
    """What Thunar shows to a user who has no file: the first that the system has."""
    places = os.environ.get("XDG_CONFIG_DIRS") or "/etc/xdg"
    for place in places.split(":"):
        found = Path(place) / "Thunar" / "uca.xml"
        if found.is_file():
            return found.read_text(encoding="utf-8")
    return _EMPTY


def _without_ours(text: str, file: Path) -> str:
    rest = _OUR_ACTION.sub("", text)
    if _others(rest, file) != _others(text, file):
        raise _odd(file)
    return rest


def _others(text: str, file: Path) -> list[str]:
    """The actions that are not ours, each as one canonical text."""
    return [
        ET.canonicalize(ET.tostring(action, encoding="unicode"), strip_text=True)
        for action in _actions(text, file)
        if not _is_ours(action)
    ]


def _actions(text: str, file: Path) -> ET.Element:
    try:
        root = ET.fromstring(text)  # noqa: S314  the user's own file, which Thunar reads as well
    except ET.ParseError as error:
        raise _odd(file) from error
    if root.tag != "actions":
        raise _odd(file)
    return root


def _is_ours(action: ET.Element) -> bool:
    return (action.findtext("unique-id") or "").startswith("difd-")


def _odd(file: Path) -> IntegrationRefused:
    return IntegrationRefused(
        "Thunar's file of custom actions cannot be understood, and was left alone.",
        path=file,
        hint="Open and close Edit > Configure custom actions… in Thunar, then try again.",
    )
