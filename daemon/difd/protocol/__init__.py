"""Everything that crosses the socket: messages, their codec, limits, errors and version.

Imports the standard library, msgspec and platformdirs only, so that a thin client stays thin.
"""
