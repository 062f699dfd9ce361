"""The loops of the engine that numpy is too slow for: in C, or in numpy where there is no compiler.

`_loops` is compiled when difd is built (`hatch_build.py`): read its contracts in `_loops.pyi`
first, then the C file of a loop. `twin` does the same in numpy and Pillow. `chosen` is the one
place that chooses between them, on import. Nothing here knows files, records or searches.
"""
