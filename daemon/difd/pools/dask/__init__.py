"""The pool of a Dask cluster: `pool` sends the work, `cluster` speaks to Dask, `on_worker` answers.

Whoever imports any of it has Dask: `difd.pools.choice` says what to install otherwise. Nothing else
of ours imports it, because Dask's messages are pickles.
"""
