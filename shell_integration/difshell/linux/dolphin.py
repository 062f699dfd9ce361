"""Dolphin, the file manager of KDE: its service menus, one key file each."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from difshell.footprint import Content
from difshell.linux.command_line import command_line, filled, localized
from difshell.linux.key_files import KeyFileMenu
from difshell.menu import ENTRIES, ICON, Rule


class Dolphin(KeyFileMenu):
    """The service menus in `~/.local/share/kio/servicemenus`."""

    name = "dolphin"
    program = "dolphin"

    def files(self) -> Mapping[Path, Content]:
        """One menu for each rule of an entry; the background of a folder counts as the folder."""
        folder = self._surroundings.data / "kio" / "servicemenus"
        return {
            folder / f"difd-{entry.name}-{number}.desktop": Content(
                filled(
                    "dolphin.template",
                    name=entry.name,
                    names=localized("Name", entry),
                    command=command_line(self._surroundings.command, entry),
                    icon=ICON,
                    kinds=_kinds(rule),
                    count=_count(rule),
                ),
                # Without it Dolphin shows a menu only if root owns it.
                executable=True,
            )
            for entry in ENTRIES
            for number, rule in enumerate(entry.rules(), 1)
        }


def _kinds(rule: Rule) -> str:
    return "inode/directory;" * rule.folders + "image/*;" * rule.images


def _count(rule: Rule) -> str:
    lines = [f"X-KDE-MinNumberOfUrls={rule.minimum}"]
    if rule.maximum is not None:
        lines.append(f"X-KDE-MaxNumberOfUrls={rule.maximum}")
    return "\n".join(lines)
