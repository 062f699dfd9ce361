"""The daemon's half of `difctl doctor`: what only somebody can look at who may import the engine.

Run as `python -m difd.service.examination`, in a process of its own, because it looks at what may
be broken. It changes nothing and starts no daemon.
"""
