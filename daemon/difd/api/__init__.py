"""The Python API: difPy's `build` and `search`, a thin face on the engine, without the daemon.

`building` and `searching` are the two steps, `arguments` what they are given, `acting` what
`move_to` and `delete` do, `difpy` difPy's command line, `progress` the line on stderr.
"""

from difd.api.building import Build, build
from difd.api.searching import Search, search

__all__ = ["Build", "Search", "build", "search"]
