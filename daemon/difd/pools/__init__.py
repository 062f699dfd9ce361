"""Where engine work runs: the processes of this machine (`local`), or a cluster (`dask`)."""
