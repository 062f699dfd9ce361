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


def shows(widget: Atspi.Accessible, place: Atspi.Rect) -> bool:
    """GTK 4 says of nothing that it shows, but gives what does not no size."""
    if (widget.get_application().get_toolkit_version() or "").startswith("4."):
        return place.width > 0
    return widget.get_state_set().contains(Atspi.StateType.SHOWING)


def widgets(roles: set[str]) -> list[list[object]]:
    """The widgets of all programs, top down."""
    desktop = Atspi.get_desktop(0)
    pending = [desktop.get_child_at_index(number) for number in range(desktop.get_child_count())]
    pending.reverse()
    found = []
    for _ in range(WIDGETS_MAX):
        if not pending:
            break
        widget = pending.pop()
        if widget is None:
            continue
        try:
            role = widget.get_role_name()
            if role in roles:
                place = widget.get_extents(Atspi.CoordType.SCREEN)
                box = [place.x, place.y, place.width, place.height]
                if shows(widget, place):
                    found.append([role, widget.get_name() or "", *box])
            count = min(widget.get_child_count(), CHILDREN_MAX)
            pending += [widget.get_child_at_index(number) for number in reversed(range(count))]
        except GLib.Error:
            continue  # it went away while we looked
    return found


Atspi.init()
for line in sys.stdin:
    print(json.dumps(widgets(set(json.loads(line)["roles"]))), flush=True)
