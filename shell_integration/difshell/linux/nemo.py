"""Nemo, the file manager of Cinnamon: its actions, one key file each."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from difshell.footprint import Content
from difshell.linux.command_line import command_line, filled, localized
from difshell.linux.key_files import KeyFileMenu
from difshell.menu import ENTRIES, ICON, Entry, Rule


class Nemo(KeyFileMenu):
    """The actions in `~/.local/share/nemo/actions`."""

    name = "nemo"
    program = "nemo"

    def files(self) -> Mapping[Path, Content]:
        """One action for each rule of an entry, and one for the background."""
        folder = self._surroundings.data / "nemo" / "actions"
        files = {}
        for entry in ENTRIES:
            for number, rule in enumerate(entry.rules(), 1):
                path = folder / f"difd-{entry.name}-{number}.nemo_action"
                files[path] = self._action(entry, _selection(rule), _kinds(rule), "%F")
            if entry.on_background:
                path = folder / f"difd-{entry.name}-here.nemo_action"
                files[path] = self._action(entry, "none", "Extensions=any;", "%P")
        return files

    def _action(self, entry: Entry, selection: str, kinds: str, files: str) -> Content:
        return Content(
            filled(
                "nemo.template",
                names=localized("Name", entry),
                command=command_line(self._surroundings.command, entry, files),
                icon=ICON,
                selection=selection,
                kinds=kinds,
            )
        )


def _selection(rule: Rule) -> str:
    if rule.maximum == 1:
        return "s"
    return "m" if rule.minimum > 1 else "notnone"


def _kinds(rule: Rule) -> str:
    kinds = ["inode/directory"] * rule.folders + ["image/*"] * rule.images
    return "Mimetypes=" + "".join(f"{kind};" for kind in kinds)
