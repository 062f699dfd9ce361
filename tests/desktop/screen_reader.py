"""What a screen reader sees, for a test process that has no `gi`: run by Debian's own Python.

Reads one JSON object a line, `{"roles": […]}`, and answers with one line: all widgets that show and
have one of these roles, as `[role, name, x, y, width, height]`.
"""

from __future__ import annotations

import json
import sys

import gi

gi.require_version("Atspi", "2.0")
from gi.repository import Atspi, GLib  # noqa: E402  after the version is chosen

WIDGETS_MAX = 8000
CHILDREN_MAX = 400
FRAMES = ("filler", "scroll pane")
"""Roles that WebKit puts around a page, and does not say that they show."""


def widgets(roles: set[str]) -> list[list[object]]:
    """The widgets of all programs, top down."""
    desktop = Atspi.get_desktop(0)
    found: list[list[object]] = []
    for number in range(desktop.get_child_count()):
        program = desktop.get_child_at_index(number)
        if program is not None:
            found += of_program(program, roles)
    return found


def of_program(program: Atspi.Accessible, roles: set[str]) -> list[list[object]]:
    """The widgets of one; every question to it takes a while, so few are asked."""
    found: list[list[object]] = []
    pending = [program]
    # GTK 4 says of nothing that it shows, but gives no size to what does not.
    by_size = (program.get_toolkit_version() or "").startswith("4.")
    for _ in range(WIDGETS_MAX):
        if not pending:
            break
        widget = pending.pop()
        if widget is None:
            continue
        try:
            shows = widget.get_state_set().contains(Atspi.StateType.SHOWING)
            role = widget.get_role_name()
            if not (shows or by_size or widget is program or role in FRAMES):
                continue
            if role in roles:
                widget.clear_cache()  # its name may be another than when we looked before
                place = widget.get_extents(Atspi.CoordType.SCREEN)
                if shows or place.width > 0:
                    box = [place.x, place.y, place.width, place.height]
                    found.append([role, widget.get_name() or "", *box])
            count = min(widget.get_child_count(), CHILDREN_MAX)
            pending += [widget.get_child_at_index(index) for index in reversed(range(count))]
        except GLib.Error:
            continue  # it went away while we looked
    return found


Atspi.init()
for line in sys.stdin:
    print(json.dumps(widgets(set(json.loads(line)["roles"]))), flush=True)
