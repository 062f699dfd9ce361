"""Real file managers, driven as a user drives them."""
