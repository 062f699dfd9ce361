"""What the page shows and does, one module per part of it."""
