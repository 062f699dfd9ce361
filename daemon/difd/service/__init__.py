"""The daemon: its socket, its life from start to stop, a desk for each kind of work; and its hosts.

Each of the `desks` does what its requests ask for; `daemon` hands them over, `server` has the
socket. The daemon's own process imports neither numpy nor Pillow and never opens an image. Of the
`hosts`, `engine_host` runs in another one, which does; `action_host` in a third, the only one that
touches users' files. How pictures are compared and files are moved is not decided here.
"""
