"""`difctl tray`: the icon in the tray."""

from __future__ import annotations

import click


@click.command()
def tray() -> None:
    """Show an icon in the tray, until you quit it.

    It shows what the daemon does and found, tells you of new duplicates in watched folders, and
    takes you to the review page.

    \b
    Example:
      difctl tray &
    """
    from difclient.tray.icon import Tray  # noqa: PLC0415  Pillow and the desktop's libraries

    Tray().run()
