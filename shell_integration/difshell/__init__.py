"""File-manager integration: the menu entries and one plugin per file manager.

Imports nothing of difd's other packages, so that an entry can be installed without the engine.
"""
