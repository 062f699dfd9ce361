"""File-manager integration: the menu entries, one plugin per file manager, and what they wrote.

A folder for each system, whose README says what its file managers do that no manual says. Imports
nothing of difd's other packages, so that an entry can be installed without the engine. Nothing here
searches: an entry runs `difctl open`.
"""
