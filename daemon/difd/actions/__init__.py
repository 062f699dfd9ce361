"""The only code that changes a user's files: checks first, overwrites nothing, keeps the last copy.

Everything else in difd reads them. Whoever wants a file moved or removed names it here together
with the file that stays in its place. Nothing here asks people, listens, or looks at pixels: the
detailed comparison is handed in.
"""
