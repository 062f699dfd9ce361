"""The loops of the engine that numpy is too slow for, in C; in numpy and Pillow where there is none.

`_loops` is compiled when difd is built (`hatch_build.py`): first read its contracts in `_loops.pyi`,
then the C file of the loop. `twin` does the same without a compiler. `chosen` is the one place that
chooses, when it is imported. Nothing here knows files, records or searches.
"""
