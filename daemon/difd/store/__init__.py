"""What difd keeps on disk for itself: journals, lists, the configuration file, the tensor cache.

Nothing here touches a user's pictures. The daemon's process imports all but `tensor_cache` and
`slot_content`, which need numpy and are the engine's.
"""
