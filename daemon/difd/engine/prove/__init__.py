"""Whether two files hold the same picture in full size; decides nothing about what goes."""
