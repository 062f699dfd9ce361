"""The halves for Windows. Nobody imports them but the seam of the same name above.

`kernel` declares the functions of the system that are called by way of ctypes.
"""
