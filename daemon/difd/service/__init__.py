"""The daemon: its socket, its life from start to stop, and the engine host it keeps.

The daemon's own process imports neither numpy nor Pillow and never opens an image;
`engine_host` is the entry of the other process, which does.
"""
