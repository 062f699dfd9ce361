"""Templates and what they are filled with: everything that comes from outside is escaped."""

from __future__ import annotations

import os
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote

import jinja2
from starlette.responses import HTMLResponse

from difclient.cli.text import duration, plural, printable, sentence, size
from difclient.remote import elsewhere


class Pages:
    """The templates of the page."""

    def __init__(self) -> None:
        self._environment = jinja2.Environment(
            loader=jinja2.PackageLoader("difclient.review"),
            autoescape=True,
            trim_blocks=True,
            lstrip_blocks=True,
            undefined=jinja2.StrictUndefined,
        )
        self._environment.filters |= {
            "size": size,
            "printable": printable,
            "sentence": sentence,
            "duration": duration,
            "when": when,
            "day": lambda nanoseconds: when(nanoseconds / 1e9),
            "name": lambda path: printable(os.path.basename(path)),
            "folder": lambda path: printable(os.path.dirname(path)),
            "quoted": quote,
            "number": "{:,}".format,
        }
        self._environment.globals |= {"plural": plural, "elsewhere": elsewhere()}

    def fill(self, template: str, **values: Any) -> str:  # noqa: ANN401  what templates show
        """The template, filled."""
        return self._environment.get_template(template).render(values)

    def answer(
        self,
        template: str,
        *,
        events: str | None = None,
        **values: Any,  # noqa: ANN401
    ) -> HTMLResponse:
        """The template, filled, as an answer.

        Args:
            template: its file.
            events: what the page's scripts are told, as htmx's `HX-Trigger-After-Swap` has it:
                that alone is told to the page when the button that was pressed is gone by then.
            values: what it shows.
        """
        headers = {} if events is None else {"HX-Trigger-After-Swap": events}
        return HTMLResponse(self.fill(template, **values), headers=headers)


def when(seconds: float) -> str:
    """A time as people write it, in this machine's zone."""
    try:
        return datetime.fromtimestamp(seconds, UTC).astimezone().strftime("%Y-%m-%d %H:%M")
    except (OverflowError, ValueError, OSError):
        return "an impossible date"
