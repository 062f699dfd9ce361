"""Pictures of a group side by side, with what is known of each."""

from __future__ import annotations

from typing import Final

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from difclient.review.desk import Form, desk_of, whole_number
from difclient.review.pages.groups import opened_for, relation
from difclient.review.result import File, FoundGroup

TOGETHER_MAX: Final = 12
"""Most pictures that are compared at once."""


async def show(request: Request) -> Response:
    """The pictures of a group, two of them chosen: the one asked for, and what it is like."""
    opened, form = await opened_for(request), Form.asked(request)
    group = opened.result.group(whole_number(request.path_params["number"], "group"))
    asked = opened.result.file(form.number("row", group.files[0].row))
    left, right = _two(group, asked)
    files = [left, right, *(file for file in group.files if file not in {left, right})]
    return desk_of(request).pages.answer(
        "compare.html",
        job=opened.result.job,
        group=group,
        files=sorted(files[:TOGETHER_MAX], key=lambda file: file.row),
        left=left,
        right=right,
        relations={file.row: relation(file) or "Stays in the others' place" for file in files},
    )


def _two(group: FoundGroup, asked: File) -> tuple[File, File]:
    others = [file for file in group.files if file is not asked]
    if asked.member.keeper is None:
        return asked, next(
            (one for one in others if one.member.keeper == asked.member.path), others[0]
        )
    return next(one for one in others if one.member.path == asked.member.keeper), asked


ROUTES = [Route("/jobs/{job}/groups/{number}/compare", show)]
