"""Plugins for the file manager of macOS."""
