"""What all requests share, and what is read of one."""

from __future__ import annotations

from typing import Final
from urllib.parse import parse_qs

import msgspec
from starlette.requests import Request

from difclient.language.catalogue import _
from difclient.review.callers import Callers
from difclient.review.rendering import Pages
from difclient.review.session import Session
from difclient.review.shelf import Shelf
from difclient.review.speaking import Speech
from difd.protocol.errors import UsageError

LOOPBACK: Final = "127.0.0.1"
"""The only address that we listen at."""

FIELDS_MAX: Final = 200_000
"""Most fields of a form: the choice of a hundred thousand files, with room."""


class Desk(msgspec.Struct, frozen=True):
    """What all requests share.

    Attributes:
        session: who may ask.
        daemon: connections for what is quick.
        shelf: results that are looked at.
        pages: the templates.
        port: where we listen.
        speech: the language of the page.
    """

    session: Session
    daemon: Callers
    shelf: Shelf
    pages: Pages
    port: int
    speech: Speech


def desk_of(request: Request) -> Desk:
    """The desk of the application that got this request."""
    desk: Desk = request.app.state.desk
    return desk


class Form:
    """What a form sent, or what stands behind the question mark of an address.

    Raises:
        UsageError: it has more fields than any form of ours.
    """

    def __init__(self, text: str) -> None:
        try:
            self._fields = parse_qs(text, keep_blank_values=True, max_num_fields=FIELDS_MAX)
        except ValueError as error:
            raise UsageError("The form has too many fields.") from error

    @classmethod
    async def sent(cls, request: Request) -> Form:
        """The form in the body of a request; the gate has bounded its length."""
        return cls((await request.body()).decode("utf-8", "replace"))

    @classmethod
    def asked(cls, request: Request) -> Form:
        """The form in the address of a request."""
        return cls(request.url.query)

    def one(self, name: str, default: str = "") -> str:
        """The value of a field."""
        return self._fields.get(name, [default])[-1]

    def all(self, name: str) -> list[str]:
        """All values of a field."""
        return self._fields.get(name, [])

    def number(self, name: str, default: int | None = None) -> int:
        """A whole number.

        Raises:
            UsageError: it is missing, or none.
        """
        text = self.one(name).strip()
        return default if default is not None and not text else whole_number(text, name)

    def numbers(self, name: str) -> list[int]:
        """All values of a field, as whole numbers."""
        return [whole_number(value, name) for value in self.all(name)]

    def __contains__(self, name: str) -> bool:
        return name in self._fields


def whole_number(text: str, name: str) -> int:
    """A whole number from 0.

    Raises:
        UsageError: it is none.
    """
    if not (text.isascii() and text.isdecimal() and len(text) <= 15):  # noqa: PLR2004
        raise UsageError(
            _("%(name)s must be a whole number, not “%(text)s”.", name=name, text=text[:40])
        )
    return int(text)
