"""A result as files to keep: one JSON document, a table, and a page with pictures."""
