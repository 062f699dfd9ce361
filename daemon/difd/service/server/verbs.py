"""What a desk answers: a table of its verbs, each with the one function that answers it.

The daemon joins these tables. So a verb is named by its desk, and nowhere else in the service.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import msgspec

from difd.protocol.envelope import Reply, Request

_Asked = TypeVar("_Asked", bound=Request)


class Verb(msgspec.Struct, frozen=True):
    """A verb of the protocol at the desk that answers it; made by `verb`, which checks the types.

    Attributes:
        request: the type of its requests.
        answer: the reply to what a connection asks; None if the reply follows later.
        changes: it changes something, so the reply is kept for who asks twice.
        begins: it is new work, and refused while the daemon stops.
    """

    request: type[Request]
    answer: Callable[[bytes, Any], Reply | None]
    changes: bool
    begins: bool


def verb(
    request: type[_Asked],
    answer: Callable[[bytes, _Asked], Reply | None],
    *,
    changes: bool = False,
    begins: bool = False,
) -> Verb:
    """A verb and what answers it; see `Verb`."""
    return Verb(request, answer, changes, begins)
