"""What the daemon does with requests, a desk for each kind."""
