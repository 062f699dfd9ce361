"""Templates and what they are filled with: everything that comes from outside is escaped."""

from __future__ import annotations

import os
from typing import Any, cast
from urllib.parse import quote

import jinja2
from markupsafe import Markup
from starlette.responses import HTMLResponse

from difclient.language import nouns
from difclient.language.catalogue import (
    number,
    spoken_code,
    translated,
    translated_plural,
    upper_first,
)
from difclient.language.numbers import duration, percent, size, when
from difclient.language.phrases import spoken
from difclient.language.text import printable, sentence
from difclient.remote import elsewhere
from difclient.review import reasons


class Pages:
    """The templates of the page, in the language of the request."""

    def __init__(self) -> None:
        self._environment = jinja2.Environment(
            loader=jinja2.PackageLoader("difclient.review"),
            extensions=["jinja2.ext.i18n"],
            autoescape=True,
            trim_blocks=True,
            lstrip_blocks=True,
            undefined=jinja2.StrictUndefined,
        )
        # With `newstyle`, messages may hold markup, and what is put into them is escaped.
        extended = cast("Any", self._environment)
        extended.install_gettext_callables(translated, translated_plural, newstyle=True)
        self._environment.filters |= {
            "size": size,
            "printable": printable,
            "sentence": sentence,
            "spoken": spoken,
            "upper_first": upper_first,
            "duration": duration,
            "percent": percent,
            "when": when,
            "day": lambda nanoseconds: when(nanoseconds / 1e9),
            "name": lambda path: printable(os.path.basename(path)),
            "folder": lambda path: printable(os.path.dirname(path)),
            "quoted": quote,
            "number": number,
            "reason": reasons.reason,
            "why_fixed": reasons.why_fixed,
            "notes": reasons.notes,
            "held_because": reasons.held_because,
        }
        self._environment.globals |= {
            "counted": _counted,
            "count_files": nouns.count_files,
            "count_pictures": nouns.count_pictures,
            "count_groups": nouns.count_groups,
            "count_copies": nouns.count_copies,
            "spoken_code": spoken_code,
            "elsewhere": elsewhere(),
        }

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


def _counted(one: str, many: str, count: int, /, **values: object) -> Markup:
    """`catalogue.counted` for templates: the message may hold markup, the values are escaped."""
    message = Markup(translated_plural(one, many, count))  # noqa: S704  our own catalogue's
    return message % {"count": number(count), **values}
