"""Edited copies: pictures of which one shows a part of the other, found by their local features."""
