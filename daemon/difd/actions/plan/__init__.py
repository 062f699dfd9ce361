"""What would go and why, before anything is touched; changes nothing."""
