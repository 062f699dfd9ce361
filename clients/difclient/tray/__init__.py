"""The icon in the tray: what the daemon is doing, what it found, and a menu. `difctl tray`.

`model` says what to show and knows no desktop; `feed` keeps it up to date; `icon` shows it.
"""
