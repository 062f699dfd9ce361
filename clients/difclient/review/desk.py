"""What all requests share."""

from __future__ import annotations

import asyncio
from typing import Final

import msgspec
from starlette.requests import Request

from difclient.review.callers import Callers
from difclient.review.rendering import Pages
from difclient.review.session import Session
from difclient.review.shelf import Shelf
from difclient.review.speaking import Speech

LOOPBACK: Final = "127.0.0.1"
"""The only address that we listen at."""


class Desk(msgspec.Struct, frozen=True):
    """What all requests share.

    Attributes:
        session: who may ask.
        daemon: connections for what is quick.
        shelf: results that are looked at.
        pages: the templates.
        port: where we listen.
        speech: the language of the page.
        choices: held while decisions are changed, see `pages.decide.in_turn`.
    """

    session: Session
    daemon: Callers
    shelf: Shelf
    pages: Pages
    port: int
    speech: Speech
    choices: asyncio.Lock = msgspec.field(default_factory=asyncio.Lock)


def desk_of(request: Request) -> Desk:
    """The desk of the application that got this request."""
    desk: Desk = request.app.state.desk
    return desk
