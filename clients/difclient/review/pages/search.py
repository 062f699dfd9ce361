"""Beginning a search: its form, the folders to pick from, and what becomes of it."""

from __future__ import annotations

import asyncio
import json
from itertools import islice
from typing import Any, Final

import msgspec
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from difclient.client import Client
from difclient.language.catalogue import _, marked
from difclient.language.nouns import STATES
from difclient.remote import is_elsewhere
from difclient.review.arranging import arranged_rules, arranging
from difclient.review.desk import desk_of
from difclient.review.fields import FieldError, about
from difclient.review.form import Form, whole_number
from difclient.review.pages import summary
from difclient.review.places import list_folder, picked_place, typed_places
from difclient.review.rule_words import sent
from difclient.review.suggestions import suggestions
from difd.protocol.errors import InvalidOption, PathNotFound, PathUnreadable, UsageError
from difd.protocol.excluding import exclusions
from difd.protocol.options import (
    KEEP_RULES,
    SearchOptions,
    check_options,
    is_edited,
    similarity_threshold,
    with_similarity,
)
from difd.protocol.results import Invalid, Statistics

SWITCHES: Final = {
    "recursive": marked("Search subfolders"),
    "same_dim": marked("Only pictures of the same width and height match"),
    "rotate": marked("Turned pictures match"),
    "mirror": marked("Mirrored pictures match"),
    "limit_extensions": marked("Read only files with a picture's extension"),
    "bins": marked("Search recycle bins, snapshots and caches, too"),
}
"""Options that are on or off, in words."""

PURPOSES: Final = {
    "picked": {"title": marked("Pick a folder"), "pick": marked("Search this folder")},
    "picked_reference": {
        "title": marked("Pick a reference folder"),
        "pick": marked("What is here stays"),
    },
    "picked_destination": {"title": marked("Pick where they go"), "pick": marked("Move them here")},
    "rule-in": {
        "title": marked("Pick a folder whose files stay"),
        "pick": marked("Files here stay"),
    },
    "rule-not-in": {
        "title": marked("Pick a folder whose files rather go"),
        "pick": marked("Files elsewhere stay"),
    },
    "rule-folder": {"title": marked("Pick the next folder"), "pick": marked("Files here stay")},
}
"""What folders are picked for, by the field of a form, in words."""

_ALONE: Final = (
    "px_size",
    "processes",
    "chunksize",
    "min_bytes",
    "in_folder",
    "decode",
    "keep",
    "exclude",
)
"""Options that may be impossible whatever the others are."""

INVALID_SHOWN: Final = 500
"""Files that were not read, as the log lists them."""


async def start(request: Request) -> Response:
    """The form of a search, with what is configured."""
    desk = desk_of(request)
    settings, jobs, watches = await desk.daemon.ask(
        lambda client: (
            client.settings.look().settings.search,
            client.jobs(5),
            client.watching.watches(),
        )
    )
    watched = [path for watch in watches for path in watch.options.paths]
    searched = [path for job in jobs for path in job.options.paths]
    suggested = [] if is_elsewhere() else await suggestions(watched, searched)
    return desk.pages.answer(
        "start.html",
        options=settings,
        threshold=similarity_threshold(settings.similarity),
        edited=is_edited(settings.similarity),
        switches=SWITCHES,
        job=None,
        own=sent(settings.keep),
        jobs=jobs,
        states=STATES,
        suggested=suggested,
        **arranging(settings.keep),
    )


async def folders(request: Request) -> Response:
    """The folders in a folder, to pick from."""
    form = Form.asked(request)
    field = form.one("field")
    if field not in PURPOSES:
        raise UsageError("No folder can be picked for this.")
    place = picked_place(form.one("path")) if form.one("path") else None
    found = await asyncio.to_thread(list_folder, place)
    return desk_of(request).pages.answer(
        "folders.html", listing=found, field=field, purpose=PURPOSES[field]
    )


async def submit(request: Request) -> Response:
    """Begin a search, and show it."""
    desk, form = desk_of(request), await Form.sent(request)
    options = await asyncio.to_thread(_options, form)
    try:
        job = await desk.daemon.ask(lambda client: client.submit(options))
    except (PathNotFound, PathUnreadable) as error:
        field = "reference" if error.path in options.reference else "paths"
        raise FieldError(field, error) from error
    return PlainTextResponse(
        "", headers={"HX-Trigger-After-Swap": json.dumps({"go": f"job/{job.id}"})}
    )


async def cancel(request: Request) -> Response:
    """End a search that waits or runs, and show how it is."""
    reference = request.path_params["job"]
    await desk_of(request).daemon.ask(lambda client: client.cancel(reference))
    return await summary.show(request)


async def pause(request: Request) -> Response:
    """Stop a search until it is resumed, and show how it is."""
    reference = request.path_params["job"]
    await desk_of(request).daemon.ask(lambda client: client.pause_job(reference))
    return await summary.show(request)


async def resume(request: Request) -> Response:
    """Take a search up again that did not end well."""
    reference = request.path_params["job"]
    await desk_of(request).daemon.ask(lambda client: client.resume(reference))
    return await summary.show(request)


async def log(request: Request) -> Response:
    """What a search was asked, how long it took, and what could not be read."""
    desk, reference = desk_of(request), request.path_params["job"]
    shown = await desk.daemon.ask(lambda client: _log(client, reference))
    return desk.pages.answer("log.html", **shown)


def _log(client: Client, reference: str) -> dict[str, Any]:
    job = client.job(reference)
    invalid: list[Invalid] = []
    statistics: Statistics | None = None
    if job.summary is not None:
        # Unreadable files and the statistics are the last rows.
        first = max(0, job.summary.rows - job.summary.invalid - 1)
        for row in client.results(job.id, first):
            if isinstance(row, Invalid):
                invalid.append(row)
            elif isinstance(row, Statistics):
                statistics = row
    return {
        "job": job,
        "options": msgspec.structs.asdict(job.options),
        "invalid": list(islice(invalid, INVALID_SHOWN)),
        "count": len(invalid),
        "statistics": statistics,
    }


def _options(form: Form) -> SearchOptions:
    """The options that a form asks for.

    Raises:
        FieldError: a folder is not there, or an option is not possible.
    """
    with about("paths"):
        paths = _places(form, "picked", "paths")
        if not paths:
            raise UsageError(_("Say which folders to search."))
    with about("reference"):
        reference = _places(form, "picked_reference", "reference")
    with about("exclude"):
        exclude = _exclusions(form.one("exclude"))
    with about("text"):
        keep = arranged_rules(form) or KEEP_RULES
    similarity = form.one("similarity", "duplicates")
    asked: dict[str, Any] = {
        "paths": tuple(dict.fromkeys(paths)),
        "in_folder": form.one("in_folder", "off"),
        "decode": form.one("decode", "auto"),
        "reference": tuple(reference),
        "exclude": exclude,
        "across": form.one("across", "off"),
        "keep": keep,
        "query": True,
    }
    asked |= {name: name in form for name in SWITCHES}
    for name in ("px_size", "min_bytes", "processes", "chunksize"):
        with about(name):
            if form.one(name).strip():
                asked[name] = whole_number(form.one(name).strip(), name)
    try:
        plain = msgspec.convert(asked, SearchOptions)
    except msgspec.ValidationError as error:
        raise InvalidOption(
            _("An option has an impossible value: %(system)s.", system=error)
        ) from error
    # What the switches say of sizes and mirrored pictures edited copies pass over.
    with about("mse"):
        options = with_similarity(plain, form.one("mse") if similarity == "mse" else similarity)
    try:
        check_options(options)
    except InvalidOption as error:
        raise FieldError(_culprit(options), error) from error
    return options


def _places(form: Form, picked: str, typed: str) -> list[bytes]:
    return [*map(picked_place, form.all(picked)), *typed_places(form.one(typed))]


def _culprit(options: SearchOptions) -> str:
    """The option that is not possible; where two contradict each other, that of the matches."""
    for name in _ALONE:
        alone = SearchOptions(paths=options.paths, **{name: getattr(options, name)})
        try:
            check_options(alone)
        except InvalidOption:
            return name
    return "across"


def _exclusions(text: str) -> tuple[str, ...]:
    """What is left out, a line each; nobody is in a directory here, so only `~` is resolved."""
    lines = tuple(line for line in text.splitlines() if line.strip())
    return lines if is_elsewhere() else exclusions(lines)


ROUTES = [
    Route("/view/start", start),
    Route("/folders", folders),
    Route("/searches", submit, methods=["POST"]),
    Route("/jobs/{job}/cancel", cancel, methods=["POST"]),
    Route("/jobs/{job}/pause", pause, methods=["POST"]),
    Route("/jobs/{job}/resume", resume, methods=["POST"]),
    Route("/jobs/{job}/log", log),
]
