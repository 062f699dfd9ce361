"""What a client can ask the daemon for, by subject: the parts of `Client`.

Each has the calls of one subject, and gets from `client` what it needs to ask. Nothing here opens a
connection or prints.
"""
