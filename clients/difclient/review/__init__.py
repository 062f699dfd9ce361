"""The review page: a small server for one browser on this machine, and a thin client of the daemon.

`gateway` runs it, `guard` and `line` keep strangers out, `result` and `rules` are what is decided;
`pages` answers, from `templates`, and `static` is what the browser runs. Nothing here touches a
picture: what is seen and done goes through the daemon, by job and row.
"""
