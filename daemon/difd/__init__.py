"""difd finds duplicate and similar images without ever losing a picture."""
