"""The halves for Linux and macOS. Nobody imports them but the seam of the same name above."""
