"""Thin clients of the difd daemon: the client library, and the faces built on it.

Here are the library (`client`, its `calls`, `connection`) and what several faces share; each face
has a folder. Imports `difd.protocol` (and, for the menus, `difshell`), nothing else of ours: a
client starts fast and works without the engine. It changes no picture: it asks the daemon.
"""

from typing import Final

CHOICE: Final = "DIFD_HOST"
"""The environment variable that names the daemon's machine; `difctl --host` sets it."""

GATHER: Final = "--gather"
"""The word of `difctl open` that says that other processes may be started for the same selection;
not for people."""
