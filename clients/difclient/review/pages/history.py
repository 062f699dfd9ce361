"""Earlier searches."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from difclient.review.desk import desk_of


async def show(request: Request) -> Response:
    """The newest searches."""
    desk = desk_of(request)
    jobs = await desk.daemon.ask(lambda client: client.jobs(200))
    return desk.pages.answer("history.html", jobs=jobs)


ROUTES = [Route("/view/history", show)]
