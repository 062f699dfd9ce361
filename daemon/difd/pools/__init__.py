"""Where engine work runs: the processes of this machine (`local`), later a cluster."""
