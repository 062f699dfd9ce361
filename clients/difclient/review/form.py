"""What a request brings along: the fields of a form, or of an address."""

from __future__ import annotations

from typing import Final
from urllib.parse import parse_qs

from starlette.requests import Request

from difclient.language.catalogue import _
from difd.protocol.errors import UsageError

FIELDS_MAX: Final = 200_000
"""Most fields of a form: the choice of a hundred thousand files, with room."""


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
