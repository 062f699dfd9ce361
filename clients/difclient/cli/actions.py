"""`difctl trash`, `move`, `delete` and `link`: show the plan, ask, carry it out."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any, TypeVar, get_args

import click
from msgspec.structs import replace

from difclient.cli.action_listing import (
    action_document,
    outcome_lines,
    plan_lines,
    question,
)
from difclient.cli.completion import files, folders, searches
from difclient.cli.invocation import command
from difclient.cli.output import Printer, print_json
from difclient.cli.progress import steps_shown, waiting_told
from difclient.cli.question import agreed
from difclient.cli.shared_options import json_option, progress_option
from difclient.cli.usage import given_options
from difclient.client import Client
from difclient.paths import absolute_path
from difd.protocol.actions import RESTING, ActionInfo, ActionOptions, LinkKind, Weak
from difd.protocol.errors import ActionLeft, UsageError, error_from_info
from difd.protocol.results import Match, Member
from difd.protocol.settings import ActionSettings

REFUSED = 5
"""Exit code when a file was refused."""

INTERRUPTED = 130
"""Exit code after Ctrl-C."""

LEAVE_SECONDS = 5.0
"""How long an action may take to stop after Ctrl-C; then nobody waits for it. A second Ctrl-C does
not wait at all."""

_Command = TypeVar("_Command", bound=Callable[..., Any])


def _remove_empty(command: _Command) -> _Command:
    return click.option(
        "--remove-empty/--leave-empty",
        default=False,
        help="Remove folders that are empty when their files have gone, up to the searched one. "
        "Undo makes them again.  [default: leave them]",
    )(command)


def _selection(command: _Command) -> _Command:
    """The options that all actions have."""
    options = (
        click.argument("job", metavar="JOB", shell_complete=searches),
        click.option(
            "--accept",
            multiple=True,
            type=click.Choice(get_args(Weak)),
            help="Also take files that are not proven equal, each only after a comparison in full "
            "size: those that look the same at small size ('tensor'), those and similar ones "
            "('similar'), or crops of the file that stays ('edited'). 'loss' also takes files "
            "that hold something which the file that stays lacks. Repeatable.",
        ),
        click.option(
            "--only",
            multiple=True,
            type=click.Choice(get_args(Match)),
            help="Take only matches of this kind. Repeatable.  [default: the setting actions.only]",
        ),
        click.option(
            "--group",
            "groups",
            multiple=True,
            type=click.IntRange(min=1),
            metavar="N",
            help="Take only this group. Repeatable.",
        ),
        click.option(
            "--file",
            "files",
            multiple=True,
            shell_complete=files,
            metavar="PATH",
            help="Take only this file. Repeatable.",
        ),
        click.option(
            "--decided",
            is_flag=True,
            help="Take exactly the files that you decided to let go, on the review page or "
            "elsewhere, whatever was proposed.",
        ),
        click.option(
            "--split-pairs",
            is_flag=True,
            help="Also take half of a RAW and JPEG pair when the other half stays.",
        ),
        click.option("--yes", is_flag=True, help="Do not ask."),
        click.option("--dry-run", is_flag=True, help="Show the plan and stop."),
        progress_option,
        json_option,
    )
    for option in reversed(options):
        command = option(command)
    return command


@click.command()
@_remove_empty
@_selection
def trash(**given: Any) -> int:
    """Move a search's extra copies to the trash.

    Shows the plan and asks first. Without --accept, only files go that are equal in full to one
    that stays. JOB is a search's id, the beginning of one, or `last`.

    \b
    Examples:
      difctl trash last
      difctl trash last --accept similar --group 3
      difctl trash last --decided
    """
    return _act(verb="trash", **given)


@click.command()
@click.option(
    "--keep-tree/--no-keep-tree",
    default=False,
    help="Keep the folders below the searched one.  [default: the setting actions.keep_tree]",
)
@_remove_empty
@_selection
@click.argument("destination", metavar="DIR", shell_complete=folders)
def move(destination: str, keep_tree: bool, **given: Any) -> int:
    """Move a search's extra copies to the folder DIR.

    Shows the plan and asks first. Nothing in DIR is overwritten; it is made if it is not there. JOB
    is a search's id, the beginning of one, or `last`.

    \b
    Example:
      difctl move last ~/duplicates --keep-tree
    """
    folder = absolute_path(destination)
    return _act(verb="move", destination=folder, keep_tree=keep_tree, **given)


@click.command()
@_remove_empty
@_selection
def delete(**given: Any) -> int:
    """Delete a search's extra copies for good.

    Shows the plan and asks first. This cannot be undone. JOB is a search's id, the beginning of
    one, or `last`.

    \b
    Example:
      difctl delete last --only bytes
    """
    return _act(verb="delete", **given)


@click.command()
@click.option(
    "--kind",
    type=click.Choice(get_args(LinkKind)),
    help="What takes the place of an extra copy. 'reflink' is a file of its own that shares its "
    "space on the disk, where the file system can.  [default: the setting actions.link_kind]",
)
@_selection
def link(kind: LinkKind | None, **given: Any) -> int:
    """Replace a search's extra copies by links to the file that stays.

    Shows the plan and asks first. Only files with the same bytes are replaced. JOB is a search's
    id, the beginning of one, or `last`.

    \b
    Example:
      difctl link last --kind hard
    """
    return _act(verb="link", kind=kind, **given)


def _act(  # noqa: PLR0917  click names them
    job: str,
    yes: bool,
    dry_run: bool,
    progress: bool | None,
    as_json: bool,
    files: tuple[str, ...],
    decided: bool,
    **given: Any,
) -> int:
    options = ActionOptions(files=tuple(map(absolute_path, files)), **given)
    with Client() as client:
        options = _configured(options, client.settings.show().settings.actions)
        if decided:
            options = _as_decided(client, job, options)
        planned = followed(client, client.actions.plan(job, options), progress)
        if not as_json:
            Printer().lines(plan_lines(planned, client.actions.rows(planned.id), whole=dry_run))
        if dry_run or not planned.items:
            return _print_document(client, planned) if as_json else 0
        hint = "Say --yes, or look first with --dry-run."
        if not yes and not agreed(question(planned), hint, asking=not as_json):
            return _print_document(client, planned) if as_json else 0
        info = _carried_out(client, planned, progress)
        if as_json:
            _print_document(client, info)
        else:
            Printer().lines(outcome_lines(info, client.actions.rows(info.id)))
    return _exit_code(info)


def _configured(options: ActionOptions, settings: ActionSettings) -> ActionOptions:
    """The options, with what is configured where the command line says nothing.

    Raises:
        UsageError: it is to be a link, and nobody says of which kind.
    """
    given = given_options()
    if "only" not in given:
        options = replace(options, only=settings.only)
    if options.verb == "move" and "keep_tree" not in given:
        options = replace(options, keep_tree=settings.keep_tree)
    if options.verb == "link" and options.kind is None:
        if settings.link_kind is None:
            raise UsageError(
                "No kind of link was given.",
                hint="Use --kind hard, symbolic or reflink; or once and for all: "
                "difctl config set actions.link_kind hard",
            )
        options = replace(options, kind=settings.link_kind)
    return options


def _as_decided(client: Client, reference: str, options: ActionOptions) -> ActionOptions:
    """The options, for exactly the files of which somebody decided that they go.

    Raises:
        UsageError: they are chosen in another way, too; or there are none.
    """
    if chosen := [name for name in ("accept", "only", "files") if name in given_options()]:
        other = ", ".join(f"--{name.removesuffix('s')}" for name in chosen)
        raise UsageError(f"--decided says which files go; leave out {other}.")
    job = client.job(reference)
    decisions = client.deciding.all(job.id)
    rows = {row: group for group, going in decisions.items() for row in going}
    going = [
        row.path
        for number, row in enumerate(client.results(job.id))
        if isinstance(row, Member) and rows.get(number) == row.group
    ]
    if not going:
        raise UsageError(
            f"Nobody decided yet that a file of search {job.id[:8]} goes.",
            hint=f"Look and decide: {command(f'review {job.id[:8]}')}",
        )
    return replace(options, removals=tuple(going), only=())


def _carried_out(client: Client, planned: ActionInfo, progress: bool | None) -> ActionInfo:
    info = followed(client, client.actions.execute(planned.id), progress)
    if info.state == "interrupted" and info.error is None and not info.stopped:
        # The daemon went away in the middle; the yes still stands, and each file is checked again.
        info = followed(client, client.actions.execute(planned.id), progress)
    return info


def followed(client: Client, info: ActionInfo, progress: bool | None) -> ActionInfo:
    """The action once it rests; Ctrl-C stops it after the file that is under way.

    What it waits for is told on stderr, whatever is shown of its progress.

    Raises:
        ActionLeft: Ctrl-C, and it does not stop soon.
        DifdError: a plan could not be made.
    """
    stopped: float | None = None
    tell = waiting_told("Ctrl-C leaves it; nothing is lost.")
    with steps_shown(progress) as update:
        following = client.actions.follow(info)
        while True:
            try:
                for info in following:  # noqa: PLR1704  the newest is what is returned
                    update(info)
                    tell(info.waiting)
                    if stopped is not None and info.state not in RESTING:
                        _leave_when_late(info, time.monotonic() - stopped)
                break
            except KeyboardInterrupt:
                if stopped is not None:
                    _leave_when_late(info, LEAVE_SECONDS)
                stopped = time.monotonic()
                following = client.actions.follow(client.actions.stop(info.id))
    if info.error is not None and info.state == "failed":
        if stopped is not None:
            raise ActionLeft(info.error.message)
        raise error_from_info(info.error)
    return info


def _leave_when_late(info: ActionInfo, seconds: float) -> None:
    """Wait no longer for an action that was told to stop, unless that may be soon.

    Raises:
        ActionLeft: it waits for something, or takes too long.
    """
    if info.waiting or seconds >= LEAVE_SECONDS:
        raise ActionLeft(
            "It was told to stop, and will when it has done the file that it is at.",
            hint=f"Nothing is lost. See what was done: {command(f'history {info.id[:8]}')}",
        )


def _exit_code(info: ActionInfo) -> int:
    if info.stopped:
        return INTERRUPTED
    return REFUSED if info.refused or info.error is not None or info.state != "done" else 0


def _print_document(client: Client, info: ActionInfo) -> int:
    print_json(action_document(info, client.actions.rows(info.id)))
    return 0
