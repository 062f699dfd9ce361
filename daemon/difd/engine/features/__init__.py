"""Local features of a picture: where it has distinct places, and what they look like."""
