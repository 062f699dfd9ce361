"""Every setting that can be configured: its name, its default, and what it may be.

The field's description says what is allowed; errors and the help quote it. The defaults of a search
are the same as those of `SearchOptions`, so that an empty configuration changes nothing.
"""

from __future__ import annotations

import re
import typing
from collections.abc import Iterable, Mapping
from typing import Annotated, Any, Final, Literal, NamedTuple

import msgspec

from difd.protocol.actions import LinkKind
from difd.protocol.errors import InvalidOption
from difd.protocol.excluding import check_exclusions
from difd.protocol.keep_rules import RULES_SENTENCE, read_rules
from difd.protocol.options import (
    DEFAULT_DECODE,
    KEEP_RULES,
    PX_MAX,
    PX_MIN,
    SCHEDULER_MAX,
    SCHEDULER_PATTERN,
    Decode,
    InFolder,
    Pool,
    SearchOptions,
    similarity_threshold,
    with_similarity,
)
from difd.protocol.results import Match

LogLevel = Literal["debug", "info", "warning", "error"]

SpokenLanguage = Literal["auto", "en", "de", "fr", "es"]
"""What clients speak to people: as browser and desktop have it, or one language everywhere."""

CACHE_MIN: Final = 64 << 20
"""Smallest limit of the cache, in bytes: below, a search would make room all the time."""

_UNITS: Final = {"": 1, "kb": 10**3, "mb": 10**6, "gb": 10**9, "tb": 10**12} | {
    "kib": 1 << 10,
    "mib": 1 << 20,
    "gib": 1 << 30,
    "tib": 1 << 40,
}

_Switch = Annotated[bool, msgspec.Meta(description="true or false")]
_INTEGER_MAX: Final = 2**63 - 1
_Count = Annotated[int, msgspec.Meta(ge=1, le=_INTEGER_MAX, description="a whole number from 1")]


class SearchSettings(msgspec.Struct, frozen=True, kw_only=True):
    """What a search does unless the command says otherwise; see `SearchOptions`."""

    similarity: Annotated[
        float | str,
        msgspec.Meta(description='"duplicates", "similar", "edited", or a number from 0 to 65025'),
    ] = "duplicates"
    overlaps: _Switch = False
    same_dim: _Switch = True
    rotate: _Switch = True
    mirror: _Switch = False
    recursive: _Switch = True
    in_folder: Annotated[InFolder, msgspec.Meta(description='"off", "given" or "each"')] = "off"
    limit_extensions: _Switch = True
    px_size: Annotated[
        int,
        msgspec.Meta(ge=PX_MIN, le=PX_MAX, description=f"a whole number from {PX_MIN} to {PX_MAX}"),
    ] = 50
    exclude: Annotated[
        tuple[str, ...],
        msgspec.Meta(description="a list of absolute paths, and patterns as in .gitignore"),
    ] = ()
    keep: Annotated[
        tuple[str, ...], msgspec.Meta(description=f"a list of keep rules. {RULES_SENTENCE}")
    ] = KEEP_RULES
    min_bytes: Annotated[
        int, msgspec.Meta(ge=0, le=_INTEGER_MAX, description="a whole number from 0")
    ] = 0
    processes: (
        Annotated[int, msgspec.Meta(ge=1, le=1024, description="a whole number from 1 to 1024")]
        | None
    ) = None
    chunksize: _Count | None = None
    decode: Annotated[Decode, msgspec.Meta(description='"auto", "exact" or "fast"')] = (
        DEFAULT_DECODE
    )
    # A reference is named for one search, so matches with it alone are, too.
    across: Annotated[
        Literal["off", "folders", "given"],
        msgspec.Meta(description='"off", "folders" or "given"'),
    ] = "off"
    bins: _Switch = False
    pool: Annotated[Pool, msgspec.Meta(description='"local" or "dask"')] = "local"
    scheduler: (
        Annotated[
            str,
            msgspec.Meta(
                pattern=SCHEDULER_PATTERN,
                max_length=SCHEDULER_MAX,
                description='the address of a Dask scheduler, such as "tcp://host:8786"',
            ),
        ]
        | None
    ) = None


class ActionSettings(msgspec.Struct, frozen=True, kw_only=True):
    """What `move` and `link` do unless the command says otherwise.

    Which matches may go is no setting: weaker ones are accepted each time, or not at all.
    """

    keep_tree: _Switch = False
    link_kind: (
        Annotated[LinkKind, msgspec.Meta(description='"hard", "symbolic" or "reflink"')] | None
    ) = None
    only: Annotated[
        tuple[Match, ...],
        msgspec.Meta(description='a list of "bytes", "pixels", "tensor" and "similar"'),
    ] = ()


class CacheSettings(msgspec.Struct, frozen=True, kw_only=True):
    """The cache of what pictures look like."""

    limit: Annotated[
        int | str,
        msgspec.Meta(description='a size of at least 64 MiB, such as "8 GiB" or "500 MB"'),
    ] = "8 GiB"

    @property
    def limit_bytes(self) -> int:
        """Most bytes that the cache may take on the disk."""
        return _bytes(self.limit)


class DaemonSettings(msgspec.Struct, frozen=True, kw_only=True):
    """The daemon itself."""

    idle_minutes: Annotated[
        float,
        msgspec.Meta(
            ge=0,
            le=525_600,
            description="a number of minutes; 0 means that the daemon never leaves",
        ),
    ] = 15.0
    log_level: Annotated[
        LogLevel, msgspec.Meta(description='"debug", "info", "warning" or "error"')
    ] = "info"


class ReviewSettings(msgspec.Struct, frozen=True, kw_only=True):
    """The review page."""

    window: Annotated[
        bool,
        msgspec.Meta(
            description="true or false: a window of its own, which needs difd[window], "
            "instead of the browser"
        ),
    ] = False


class DesktopSettings(msgspec.Struct, frozen=True, kw_only=True):
    """What people see of difd on their desktop: review page, notifications, tray."""

    language: Annotated[
        SpokenLanguage,
        msgspec.Meta(
            description='"auto", "en", "de", "fr" or "es": of the review page, notifications and '
            "the tray; by default that of browser and desktop"
        ),
    ] = "auto"


class Settings(msgspec.Struct, frozen=True, kw_only=True):
    """Everything that is configured, one table of the file per field."""

    search: SearchSettings = SearchSettings()
    actions: ActionSettings = ActionSettings()
    review: ReviewSettings = ReviewSettings()
    desktop: DesktopSettings = DesktopSettings()
    cache: CacheSettings = CacheSettings()
    daemon: DaemonSettings = DaemonSettings()


class Setting(NamedTuple):
    """What there is to know about one setting.

    Attributes:
        type: what a value of it must be, for msgspec.
        allowed: the same in words.
    """

    type: Any
    allowed: str


def settings_by_name() -> Mapping[str, Setting]:
    """Every setting by its name, such as `search.px_size`, in the order of the structs."""
    return {
        f"{table.name}.{field.name}": Setting(field.type, _description(field.type))
        for table in msgspec.structs.fields(Settings)
        for field in msgspec.structs.fields(table.type)
    }


def unknown_setting(name: str) -> str:
    """That there is none of this name, and which may be meant."""
    import difflib  # noqa: PLC0415  after a slip only

    near = difflib.get_close_matches(name, settings_by_name(), n=1)
    return f"There is no setting {name!r}." + (f" Did you mean {near[0]}?" if near else "")


def value_of(settings: Settings, name: str) -> Any:  # noqa: ANN401  as many types as settings
    """The value of the setting `name`."""
    table, _, field = name.partition(".")
    return getattr(getattr(settings, table), field)


def check_value(name: str, value: Any) -> Any:  # noqa: ANN401  anything may stand in a file
    """The value as its struct wants it.

    Raises:
        InvalidOption: it is not what the setting may be.
    """
    setting = settings_by_name()[name]
    try:
        converted = msgspec.convert(value, setting.type)
        if name == "search.similarity":
            similarity_threshold(converted)
        elif name == "search.keep":
            read_rules(converted)
        elif name == "cache.limit":
            _bytes(converted)
    except (msgspec.ValidationError, InvalidOption):
        shown = repr(list(value) if isinstance(value, tuple) else value)
        raise InvalidOption(
            f"{name} is {shown[:80]}, and must be {setting.allowed}".rstrip(".") + "."
        ) from None
    if name == "search.exclude":
        check_exclusions(converted, name)
    return converted


def with_settings(
    options: SearchOptions, settings: SearchSettings, given: Iterable[str]
) -> SearchOptions:
    """The options of a search, completed by what is configured.

    Args:
        options: as the command line has them.
        settings: what is configured.
        given: names of options that the command line says; they stay as they are.
    """
    configured = msgspec.structs.asdict(settings)
    similarity = configured.pop("similarity")
    decided = {*given, "same_dim", "mirror"} if options.edited else {*given}
    configured = {name: value for name, value in configured.items() if name not in decided}
    completed = msgspec.structs.replace(options, **configured)
    if "similarity" not in decided:
        completed = with_similarity(completed, similarity, decided)
    # It says something of edited copies; other searches pass it over.
    overlaps = completed.overlaps and (completed.edited or "overlaps" in given)
    return msgspec.structs.replace(completed, overlaps=overlaps)


def _bytes(limit: int | str) -> int:
    match = re.fullmatch(r"\s*([0-9]+(?:\.[0-9]+)?)\s*([a-zA-Z]*)\s*", str(limit))
    unit = _UNITS.get(match[2].lower()) if match else None
    if match is None or unit is None or not CACHE_MIN <= float(match[1]) * unit <= _INTEGER_MAX:
        raise InvalidOption(f"{limit!r} is not a size of at least {CACHE_MIN} bytes.")
    return int(float(match[1]) * unit)


def _description(kind: Any) -> str:  # noqa: ANN401  a type of any form
    for part in (kind, *typing.get_args(kind)):
        for note in getattr(part, "__metadata__", ()):
            if isinstance(note, msgspec.Meta) and note.description:
                return note.description
    raise TypeError(f"a setting has no description: {kind}")
