"""What a double click on `difd.exe` does: difd into the file manager's menu, and the review page.

Only the zip for Windows has that program (`packaging/windows`); a folder that was moved is put
right by another double click. It has no console: what goes wrong is told in a notification.
"""

from __future__ import annotations

import io
import sys
from typing import NoReturn

from difclient.cli.main import main as difctl
from difclient.language.catalogue import _, speaking
from difclient.language.choice import desktop_language
from difclient.menus import user_file_managers
from difclient.notify import show_notification
from difshell.plugin import IntegrationRefused


def main() -> NoReturn:
    """Install the menu, and go on as `difctl review`."""
    said = io.StringIO()
    sys.stdout, sys.stderr = io.StringIO(), said
    for plugin in user_file_managers().plugins.values():
        try:
            plugin.install()
        except (IntegrationRefused, OSError):
            continue  # the page works without; `difctl integrate status` says why
    sys.argv[1:] = ["review"]
    try:
        difctl()
    except SystemExit as end:
        if end.code:
            with speaking(desktop_language()):
                show_notification(_("difd could not do this"), said.getvalue())
        raise
