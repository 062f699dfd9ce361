"""Where engine work runs: the processes of this machine (`local`), or a cluster (`dask`).

A pool carries functions and items there and answers back, and survives workers that do not. What is
read and compared, and how it is cut, is the engine's: nothing here knows a picture.
"""
