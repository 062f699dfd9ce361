"""How requests come in and news go out: sockets, who may connect, who listens."""
