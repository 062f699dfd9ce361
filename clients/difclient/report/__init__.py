"""A result as files to keep: one JSON document, a table, and a page with pictures.

Written by the client into a folder that the user named, where nothing is overwritten.
"""
