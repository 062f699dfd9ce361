"""The command `difctl`: one module per group of commands, loaded only when it is called.

A module reads what was typed, and prints. What another face might want, too, is beside this folder.
"""
