"""The only code that changes a user's files: checks first, overwrites nothing, keeps the last copy.

Everything else in difd reads. Whoever wants a file moved or removed names it here together with the
file that stays in its place.
"""
