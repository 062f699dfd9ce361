"""What was searched, what was done to files, and what is no duplicate."""

from __future__ import annotations

from itertools import islice
from typing import Final

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from difclient.client import Client
from difclient.deeds import described
from difclient.language.nouns import STATES
from difclient.review.desk import desk_of
from difd.protocol.ignoring import IgnoredGroup

LISTED: Final = 200
"""Most searches, and most actions, that are listed."""

IGNORED_LISTED: Final = 500
"""Most ignored groups that are listed."""


async def show(request: Request) -> Response:
    """The newest searches and actions, and the ignore list."""
    desk = desk_of(request)
    jobs, actions, ignored = await desk.daemon.ask(
        lambda client: (client.jobs(LISTED), client.actions.history(LISTED), _ignored(client))
    )
    return desk.pages.answer(
        "history.html",
        jobs=jobs,
        states=STATES,
        actions=actions,
        ignored=ignored,
        described=described,
    )


async def forget(request: Request) -> Response:
    """A group is taken off the ignore list."""
    entry = request.path_params["entry"]
    await desk_of(request).daemon.ask(lambda client: client.ignoring.remove([entry]))
    return await show(request)


def _ignored(client: Client) -> list[IgnoredGroup]:
    return list(islice(client.ignoring.groups(), IGNORED_LISTED))


ROUTES = [
    Route("/view/history", show),
    Route("/ignored/{entry}/forget", forget, methods=["POST"]),
]
