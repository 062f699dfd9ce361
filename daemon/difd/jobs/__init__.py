"""What has to happen next: the order of searches, and changes in watched folders.

`board` has the states of searches, as a pure function of events; `watcher` and what it uses tell
when there is something to look at in watched folders. No socket, no database, no process and no
picture here: `difd.service` does what these say.
"""
