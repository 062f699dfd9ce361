"""The review page: a small server for one browser on this machine, and a thin client of the daemon.

Nothing here touches a picture: what is seen and done goes through the daemon, by job and row.
"""
