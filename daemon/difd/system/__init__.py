"""What difd asks of the operating system, each question once, with a half for each system.

A module here is a seam: it names what there is to ask, and takes the answers from `posix` or
`windows`. Nothing of ours is imported here, and nobody else asks which system it runs on, or
imports what only one system has. Read `locks` first; it is the shortest.
"""
