"""Prints figures, beside difd's peers in the same run; nothing here is asserted."""
