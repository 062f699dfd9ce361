"""Thin clients of the difd daemon: the client library, and the faces built on it.

Imports `difd.protocol` (and, for the menus, `difshell`), nothing else of ours: a client starts fast
and works without the engine.
"""
