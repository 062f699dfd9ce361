"""Another user of the machine, who tries to reach a daemon that is not theirs."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from difd.protocol.endpoint import Endpoint

NOBODY = 65534

_KNOCK = """
import os, sys
from pathlib import Path
from difclient.connection import Connection
from difd.protocol.endpoint import Endpoint
from difd.protocol.errors import AccessDenied
from difd.protocol.requests import Ping
from difd.system.endpoint import is_listening
uid = int(sys.argv[1])
if uid != os.getuid():
    os.setgroups([])
    os.setresgid(uid, uid, uid)
    os.setresuid(uid, uid, uid)
endpoint = Endpoint(runtime=Path(sys.argv[2]), state=Path(sys.argv[2]))
try:
    is_listening(endpoint.socket)
except PermissionError:
    print("no permission")
    sys.exit()
connection = Connection(endpoint)
try:
    print(type(connection.request(Ping(id="knock"), 30)).__name__)
except AccessDenied:
    print("denied")
connection.close()
"""


def knock(endpoint: Endpoint, uid: int) -> str:
    """What a process of this user gets from the daemon: Pong, "no permission" or "denied"."""
    command = [sys.executable, "-c", _KNOCK, str(uid), str(endpoint.runtime)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def open_directory(folder: Path) -> None:
    """Let everybody through a folder and the temporary ones above it."""
    while folder != Path("/tmp"):  # noqa: S108  tests make their folders there
        folder.chmod(0o711)
        folder = folder.parent
