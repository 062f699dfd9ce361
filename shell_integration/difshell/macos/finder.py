"""Finder, the file manager of macOS: quick actions, each a bundle of two property lists.

Finder does not count: entries for one image and for several are shown on both. Nothing is shown on
the background of a folder. Never run on macOS; see `docs/limits.md`.
"""

from __future__ import annotations

import platform
import plistlib
import shlex
import uuid
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from difshell.footprint import Content
from difshell.menu import ENTRIES, Entry
from difshell.surroundings import Surroundings
from difshell.written import WrittenMenu

_NAMESPACE: Final = uuid.UUID("5b7e9d0e-1f51-4f0c-8f0f-2a9a6d7c1d11")
"""From it the identifiers in a bundle are made, so that the same entry has the same ones."""


class Finder(WrittenMenu):
    """The quick actions in `~/Library/Services`.

    Args:
        surroundings: where to write, and what the entries run.
    """

    name = "finder"

    def detect(self) -> str | None:
        """The version of macOS."""
        return platform.mac_ver()[0] or None

    def files(self) -> Mapping[Path, Content]:
        """Both property lists of every entry."""
        services = self._surroundings.home / "Library" / "Services"
        files = {}
        for entry in ENTRIES:
            label = entry.label(self._surroundings.language)
            contents = services / f"{label}.workflow" / "Contents"
            files[contents / "Info.plist"] = _list(_service(entry, label))
            files[contents / "document.wflow"] = _list(_workflow(self._surroundings, entry))
        return files


def shell_line(surroundings: Surroundings, entry: Entry) -> str:
    """What the shell runs; the selected files are its arguments, and never part of the text."""
    return f'exec {shlex.join([*surroundings.command, *entry.arguments])} "$@"\n'


def _service(entry: Entry, label: str) -> dict[str, Any]:
    rules = entry.rules()
    kinds = ["public.folder"] * any(rule.folders for rule in rules)
    kinds += ["public.image"] * any(rule.images for rule in rules)
    return {
        "NSServices": [
            {
                "NSMenuItem": {"default": label},
                "NSMessage": "runWorkflowAsService",
                "NSRequiredContext": {"NSApplicationIdentifier": "com.apple.finder"},
                "NSSendFileTypes": kinds,
            }
        ]
    }


def _workflow(surroundings: Surroundings, entry: Entry) -> dict[str, Any]:
    text = {"Container": "List", "Types": ["com.apple.cocoa.string"]}
    action = {
        "AMAccepts": {**text, "Optional": True},
        "AMActionVersion": "2.0.3",
        "AMApplication": ["Automator"],
        "AMProvides": text,
        "ActionBundlePath": "/System/Library/Automator/Run Shell Script.action",
        "ActionName": "Run Shell Script",
        "ActionParameters": {
            "COMMAND_STRING": shell_line(surroundings, entry),
            "CheckedForUserDefaultShell": True,
            # The files as arguments, not on the standard input.
            "inputMethod": 1,
            "shell": "/bin/sh",
            "source": "",
        },
        "BundleIdentifier": "com.apple.RunShellScript",
        "CFBundleVersion": "2.0.3",
        "CanShowSelectedItemsWhenRun": False,
        "CanShowWhenRun": True,
        "Category": ["AMCategoryUtilities"],
        "Class Name": "RunShellScriptAction",
        "InputUUID": _identifier(entry, "input"),
        "OutputUUID": _identifier(entry, "output"),
        "UUID": _identifier(entry, "action"),
        "UnlocalizedApplications": ["Automator"],
        "arguments": {},
        "isViewVisible": 1,
    }
    return {
        "AMApplicationBuild": "521",
        "AMApplicationVersion": "2.10",
        "AMDocumentVersion": "2",
        "actions": [{"action": action, "isViewVisible": 1}],
        "connectors": {},
        "workflowMetaData": {
            "serviceApplicationBundleID": "com.apple.finder",
            "serviceInputTypeIdentifier": "com.apple.Automator.fileSystemObject",
            "serviceOutputTypeIdentifier": "com.apple.Automator.nothing",
            "serviceProcessesInput": 0,
            "workflowTypeIdentifier": "com.apple.Automator.servicesMenu",
        },
    }


def _identifier(entry: Entry, part: str) -> str:
    return str(uuid.uuid5(_NAMESPACE, f"{entry.name} {part}")).upper()


def _list(content: dict[str, Any]) -> Content:
    return Content(plistlib.dumps(content).decode())
