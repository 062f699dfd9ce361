"""What the page shows and does, one module per part of it, each with its `ROUTES`.

A request is read and answered here; what it means is decided in the modules above.
"""
