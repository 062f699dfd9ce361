"""Small pictures and descriptions for people to look at; nothing here decides anything."""
