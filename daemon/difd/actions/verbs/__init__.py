"""Trash, move, delete, link and undo, carried out file by file and written down."""
