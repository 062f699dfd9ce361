"""Which records are near each other: signatures, candidates, exact distances; reads no file."""
