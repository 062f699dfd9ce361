"""Single careful steps with files and their names, each whole or undone; decides nothing."""
