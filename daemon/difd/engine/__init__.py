"""Pure image matching, in rooms: find, read, match, prove, group; `pipeline` is the whole of it.

Knows no socket, no database and no job. It is given options, a pool to work in, a memory of what
was read before and a callback for progress, and returns plain data. Nothing here changes a user's
file.
"""
