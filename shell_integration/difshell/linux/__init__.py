"""Plugins for the file managers of Linux; each module has its template beside it."""
