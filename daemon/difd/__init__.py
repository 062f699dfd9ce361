"""difd finds duplicate and similar images without ever losing a picture.

    import difd

    dif = difd.build("~/Pictures")
    search = difd.search(dif, similarity="similar")
    search.result, search.groups, search.lower_quality, search.stats

`build` and `search` work in this process, without the daemon. They are imported when first used:
the daemon imports this package, too, and must not pay for the engine.
"""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from difd.api import Build, Search, build, search

__all__ = ["Build", "Search", "build", "search"]


def __getattr__(name: str) -> Any:  # noqa: ANN401  whatever the name stands for
    if name in __all__:
        from difd import api  # noqa: PLC0415  see above

        return getattr(api, name)
    raise AttributeError(f"module 'difd' has no attribute {name!r}")
