"""What difd keeps on disk for itself: journals, lists, the configuration file, the tensor cache.

Nothing here touches a user's pictures. The daemon's process imports all but `cache.tensor_cache`,
`cache.rows` and `cache.slot_content`, which need numpy and are the engine's.
"""
