"""The tensor cache: small squares, digests and findings of pictures, so that none is read twice.

`tensor_cache` is what the engine speaks to. `slab` and `slot_content` are the pictures on the disk,
`index` and `rows` the SQLite file that finds them. `layout` says where all of it lies; `upkeep` and
`eviction` keep it sound and small. Nothing here decodes a picture or compares two.
"""
