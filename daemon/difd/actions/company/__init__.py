"""What belongs to a picture and goes with it: sidecars, movies, notes; changes nothing."""
