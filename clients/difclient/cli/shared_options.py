"""Options that several commands have, and that mean the same in each."""

from __future__ import annotations

import click

json_option = click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")

progress_option = click.option(
    "--progress/--no-progress",
    default=None,
    help="Show progress on stderr.  [default: on a terminal]",
)

wait_option = click.option(
    "--wait/--no-wait",
    default=True,
    show_default=True,
    help="Wait for the result, or print the job and return at once.",
)

pager_option = click.option(
    "--pager/--no-pager",
    default=True,
    show_default=True,
    help="On a terminal, show groups that exceed the screen with PAGER, or less.",
)

limit_option = click.option(
    "--limit",
    type=click.IntRange(1, 1000),
    default=20,
    show_default=True,
    metavar="N",
    help="How many to list.",
)
