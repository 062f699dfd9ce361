"""Acting on what was decided: the plan with its numbers, the question, progress, and undo."""

from __future__ import annotations

import json
from itertools import islice
from typing import Final

import msgspec
from msgspec.structs import replace
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from difclient.client import Client
from difclient.deeds import described, done
from difclient.language.catalogue import _
from difclient.review.boxes import safe_files
from difclient.review.desk import Desk, desk_of
from difclient.review.form import Form
from difclient.review.pages.groups import opened_for
from difclient.review.places import picked_place, typed_folder
from difclient.review.reasons import lost_with
from difclient.review.result import File
from difclient.review.shelf import Opened
from difclient.review.stakes import Stakes
from difd.protocol.actions import (
    PAIR,
    RESTING,
    ActionInfo,
    ActionOptions,
    ActionRow,
    HeldBack,
    PlanItem,
)
from difd.protocol.errors import UsageError
from difd.protocol.results import PROOF

ROWS_SHOWN: Final = 200
"""Files of a plan that are listed."""


async def choose(request: Request) -> Response:
    """What else can be done with the files that go."""
    desk, opened = desk_of(request), await opened_for(request)
    settings = await desk.daemon.ask(lambda client: client.settings.look().settings.actions)
    return desk.pages.answer("act.html", job=opened.result.job, settings=settings)


async def plan(request: Request) -> Response:
    """Begin to plan: exactly the chosen files, named by the search and their rows.

    With `split`, a plan's id, the same again, and RAW and JPEG pairs may be split.
    """
    desk, opened, form = desk_of(request), await opened_for(request), await Form.sent(request)
    job = opened.result.job.id
    if "split" in form:
        options = await desk.daemon.ask(lambda client: _with_pairs(client, form.one("split")))
    else:
        options = _options(form, _chosen(opened, form.one("scope", "all")))
    return await _answer(desk, await desk.daemon.ask(lambda c: c.actions.plan(job, options)))


async def show(request: Request) -> Response:
    """How far a plan or action is."""
    desk, action = desk_of(request), request.path_params["action"]
    return await _answer(desk, await desk.daemon.ask(lambda client: client.actions.get(action)))


async def execute(request: Request) -> Response:
    """Carry out a plan, or go on with an action."""
    desk, action = desk_of(request), request.path_params["action"]
    info = await desk.daemon.ask(lambda client: client.actions.execute(action))
    return await _answer(desk, info)


async def stop(request: Request) -> Response:
    """Touch no further file."""
    desk, action = desk_of(request), request.path_params["action"]
    return await _answer(desk, await desk.daemon.ask(lambda client: client.actions.stop(action)))


async def undo(request: Request) -> Response:
    """Bring back what an action took away."""
    desk, action = desk_of(request), request.path_params["action"]
    return await _answer(desk, await desk.daemon.ask(lambda client: client.actions.undo(action)))


async def _answer(desk: Desk, info: ActionInfo) -> Response:
    if info.state not in RESTING:
        return desk.pages.answer("action.html", info=info, doing=described(info))
    rows = await desk.daemon.ask(lambda client: _rows(client, info))
    items = [row for row in rows if isinstance(row, PlanItem)]
    events = None
    opened = desk.shelf.opened(info.job)
    if info.state != "planned" and opened is not None:
        opened.result.mark(items)
        events = json.dumps({"regroup": ""})
    lost = {item.number: _lost(opened, item) for item in items}
    return desk.pages.answer(
        "action.html",
        events=events,
        info=info,
        doing=described(info),
        done=done(info),
        lost=lost,
        losing=sum(map(bool, lost.values())),
        pairs=next((held.count for held in info.held if held.reason == PAIR), 0),
        items=sorted(items, key=lambda item: (not lost[item.number], not item.warnings))[
            :ROWS_SHOWN
        ],
        held=[row for row in rows if isinstance(row, HeldBack)][:ROWS_SHOWN],
        trouble=[item for item in items if item.message][:ROWS_SHOWN],
    )


def _lost(opened: Opened | None, item: PlanItem) -> list[str]:
    """What is lost with a file, as sentences; the plan itself does not say what the file holds."""
    lost = lost_with("", item.warnings)
    if opened is None:
        return lost
    found, kept = map(opened.result.file_at, (item.path, item.keeper))
    if found is None or kept is None:
        return lost
    stakes = Stakes(opened.result.group_of(found), [kept])
    return list(dict.fromkeys([*stakes.of(found), *lost]))


def _rows(client: Client, info: ActionInfo) -> list[ActionRow]:
    if info.state == "failed":
        return []
    rows = client.actions.rows(info.id)
    # What became of every file matters after it was done; before, a list to look at is enough.
    return list(rows if info.state != "planned" else islice(rows, info.items + ROWS_SHOWN))


def _with_pairs(client: Client, action: str) -> ActionOptions:
    """For exactly the files that a plan has, and those that it held back as halves of pairs.

    What it held back for another reason is not chosen by that.
    """
    planned = client.actions.get(action)
    paths = tuple(
        row.path
        for row in client.actions.rows(planned.id)
        if isinstance(row, PlanItem) or row.reason == PAIR
    )
    return replace(planned.options, removals=paths, only=(), split_pairs=True)


def _chosen(opened: Opened, scope: str) -> tuple[bytes, ...] | None:
    """The files that go; None if they are those that the search proposed.

    Raises:
        UsageError: there are none, or no such scope.
    """
    going = _in_scope(opened, scope)
    if not going:
        raise UsageError(_("Nothing is chosen to go."))
    # What is left out of what is shown is never acted upon.
    everything = opened.shown is opened.result and len(going) == len(opened.result.going())
    if everything and opened.result.is_as_proposed:
        return None
    return tuple(file.member.path for file in going)


def _in_scope(opened: Opened, scope: str) -> list[File]:
    """The files that are chosen to go: all, in the groups that are listed, or the safe ones.

    Raises:
        UsageError: there is no such scope.
    """
    match scope:
        case "all":
            return opened.shown.going()
        case "listed":
            return [file for group in opened.order for file in group.going]
        case "safe":
            return [file for group in opened.shown.groups for file in safe_files(group)]
        case _:
            raise UsageError("Files cannot be chosen like this.")


def _options(form: Form, paths: tuple[bytes, ...] | None) -> ActionOptions:
    """What is asked for: exactly these files, or with None what the search proposed."""
    verb = form.one("verb")
    asked = {
        "verb": verb,
        "destination": _destination(form) if verb == "move" else None,
        "keep_tree": verb == "move" and "keep_tree" in form,
        "kind": form.one("kind") if verb == "link" else None,
        "removals": paths,
        "only": PROOF if paths is None else (),
    }
    try:
        return msgspec.convert(asked, ActionOptions)
    except msgspec.ValidationError as error:
        raise UsageError("There is no such action.") from error


def _destination(form: Form) -> bytes:
    """The folder that was picked or typed.

    Raises:
        UsageError: neither, or both.
    """
    picked, typed = form.all("picked_destination"), form.one("destination")
    if picked and typed.strip():
        raise UsageError(_("One folder was picked and another typed; leave one of them out."))
    return picked_place(picked[-1]) if picked else typed_folder(typed)


ROUTES = [
    Route("/jobs/{job}/act", choose),
    Route("/jobs/{job}/plan", plan, methods=["POST"]),
    Route("/actions/{action}", show),
    Route("/actions/{action}/execute", execute, methods=["POST"]),
    Route("/actions/{action}/stop", stop, methods=["POST"]),
    Route("/actions/{action}/undo", undo, methods=["POST"]),
]
