"""What every request and every reply has, and the references that requests name things by."""

from __future__ import annotations

from typing import Annotated, Final

import msgspec

RequestId = Annotated[str, msgspec.Meta(min_length=1, max_length=64)]
"""Made by the client, unique per request; sent again unchanged when a request is retried."""

REFERENCE_MAX: Final = 64
"""Characters that the name of a job or an action may have."""

JobReference = Annotated[str, msgspec.Meta(min_length=1, max_length=REFERENCE_MAX)]
"""A job's id, the beginning of one, or `last`."""


class Request(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What all requests have."""

    id: RequestId


class Reply(msgspec.Struct, frozen=True, kw_only=True):
    """What all replies have: the id of the request they answer."""

    id: str
