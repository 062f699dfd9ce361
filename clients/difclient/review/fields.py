"""Which field of a form an error is about, so that the page says it beside that field."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from difd.protocol.errors import DifdError

FIELD_HEADER: Final = "X-Difd-Field"
"""What tells the page's scripts the name of the field."""


class FieldError(Exception):
    """Something is wrong with one field.

    Attributes:
        field: its name.
        error: what is wrong.
    """

    def __init__(self, field: str, error: DifdError) -> None:
        super().__init__(error.message)
        self.field, self.error = field, error


@contextmanager
def about(field: str) -> Iterator[None]:
    """Errors in here are about this field.

    Raises:
        FieldError: instead of any `DifdError`.
    """
    try:
        yield
    except DifdError as error:
        raise FieldError(field, error) from error
