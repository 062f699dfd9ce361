"""PCManFM, the file manager of LXDE: actions by the DES-EMA draft, one key file each.

The background of a folder counts as the folder.
"""

from __future__ import annotations

import glob
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from difshell.footprint import Content
from difshell.linux.command_line import command_line, filled, localized
from difshell.linux.key_files import KeyFileMenu
from difshell.linux.packages import installing
from difshell.menu import ENTRIES, ICON, Rule
from difshell.plugin import Problem

_MODULES: Final = (
    "/usr/lib/*/libfm/modules/gtk-menu-actions.so",
    "/usr/lib*/libfm/modules/gtk-menu-actions.so",
)
_OTHERS: Final = (
    "application",
    "audio",
    "chemical",
    "font",
    "message",
    "model",
    "multipart",
    "text",
    "video",
    "x-content",
)


class PCManFM(KeyFileMenu):
    """The actions in `~/.local/share/file-manager/actions`."""

    name = "pcmanfm"
    program = "pcmanfm"

    def files(self) -> Mapping[Path, Content]:
        """One action for each rule of an entry."""
        folder = self._surroundings.data / "file-manager" / "actions"
        return {
            folder / f"difd-{entry.name}-{number}.desktop": Content(
                filled(
                    "pcmanfm.template",
                    names=localized("Name", entry),
                    command=command_line(self._surroundings.command, entry),
                    icon=ICON,
                    kinds=_kinds(rule),
                    count=_count(rule),
                )
            )
            for entry in ENTRIES
            for number, rule in enumerate(entry.rules(), 1)
        }

    def verify(self) -> tuple[Problem, ...]:
        """Whether the module is there that shows actions in menus."""
        problems = super().verify()
        if not any(map(glob.glob, _MODULES)):
            missing = "libfm-modules is not installed; without it no entries are shown."
            problems += (Problem(missing, installing({"apt": "libfm-modules"})),)
        return problems


def _kinds(rule: Rule) -> str:
    if rule.folders and rule.images:
        # Kinds that are named must each fit the whole selection, which a mixed one never does;
        # kinds that are ruled out may each fit a part of it.
        return "all/all;" + "".join(f"!{kind}/*;" for kind in _OTHERS)
    return "inode/directory;" if rule.folders else "image/*;"


def _count(rule: Rule) -> str:
    return "=1" if rule.maximum == 1 else f">{rule.minimum - 1}"
