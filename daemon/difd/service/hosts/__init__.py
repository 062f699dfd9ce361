"""The processes beside the daemon, both ends: the engine that searches, and what changes files."""
