"""From given paths to the files that a search reads; opens no picture."""
