"""What a file holds beside its pixels, as `Record.value` packs it."""

from __future__ import annotations


def worth(value: bytes) -> int:
    """How much the file holds beside its pixels."""
    return len(_things(value))


def details(value: bytes) -> int:
    """How many single things the file holds beside its pixels."""
    return len(_things(value))


def lost(removal: bytes, keeper: bytes) -> str:
    """What would be lost with the removal, because its keeper lacks it; empty if nothing."""
    return " and ".join(sorted(_things(removal) - _things(keeper)))


def holds_all(keeper: bytes, removal: bytes) -> bool:
    """Whether the keeper holds all that the removal holds."""
    return _things(removal) <= _things(keeper)


def _things(value: bytes) -> set[str]:
    return set(value.decode().splitlines())
