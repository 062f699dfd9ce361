"""How much similarity is shown: the list, the summary and all counts follow."""

from __future__ import annotations

import json

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from difclient.review.desk import desk_of
from difclient.review.form import Form
from difclient.review.pages.groups import opened_for, slider, totals
from difclient.review.pages.summary import sums


async def show(request: Request) -> Response:
    """Show another similarity: in sum, or tell the list that it is another one."""
    opened, form = await opened_for(request), await Form.sent(request)
    job = opened.result.job
    opened.show(form.number("step"), edited="edited" in form or not job.options.edited)
    in_sum = form.one("view") == "summary"
    return desk_of(request).pages.answer(
        "regrouped.html",
        events=None if in_sum else json.dumps({"relist": ""}),
        job=job,
        in_sum=in_sum,
        **slider(opened),
        **(sums(opened) if in_sum else totals(opened)),
    )


ROUTES = [Route("/jobs/{job}/similarity", show, methods=["POST"])]
