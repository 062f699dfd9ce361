"""Jobs: their states, their order, and what has to happen next. No socket and no process here."""
