"""Thin clients of the difd daemon."""
