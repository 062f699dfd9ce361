"""What daemon and clients both have to know: messages, their codec and errors, and what these name.

Options, settings and keep rules are here with what makes them valid; so are the places of socket
and keys. Imports the standard library, msgspec and platformdirs only, so that a thin client stays
thin. What only one side needs is not here.
"""
