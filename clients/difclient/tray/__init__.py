"""The icon in the tray: what the daemon is doing, what it found, and a menu. `difctl tray`.

`model` says what to show and knows no desktop; `feed` keeps it up to date; `icon` shows it, by what
`backend` chose after `hosts` looked around: `panel_icon` with `status_item` and `item_menu` on the
bus, or pystray, with `embedded` where GTK is missing.
"""
