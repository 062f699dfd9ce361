"""What has to be true of two files before one goes for the other's sake."""
