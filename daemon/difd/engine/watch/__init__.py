"""What is new in watched folders, held against what is known."""
