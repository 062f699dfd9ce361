"""Plugins for the file manager of Windows."""
