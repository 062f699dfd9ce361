"""The command `difctl`: one module per group of commands, loaded only when it is called."""
