"""What a search is asked to do: one flat struct from the command line to the engine.

It is flat because every face (command line, Python, file managers, review page) names the same
options, and because a job's options are stored and shown as they were used.
"""

from __future__ import annotations

import math
import re
from collections.abc import Collection
from typing import Annotated, Final, Literal, Self, get_args

import msgspec

from difd.protocol.errors import InvalidOption
from difd.protocol.excluding import check_exclusions
from difd.protocol.keep_rules import read_rules
from difd.system import paths

DUPLICATES: Final = 0.0
"""The threshold that `similarity="duplicates"` stands for."""

SIMILAR: Final = 5.0
"""The threshold that `similarity="similar"` stands for."""

EDITED: Final = "edited"
"""The `similarity` that stands for all that is similar, in any size and mirrored, and for edited
copies."""

MSE_MAX: Final = 65025.0
"""The largest possible mean squared error of 8-bit channels: 255 squared."""

PX_MIN: Final = 10
PX_MAX: Final = 5000

KEEP_RULES: Final = (
    "intact",
    "value",
    "metadata",
    "resolution",
    "bytes",
    "original-name",
    "album",
    "oldest",
)
"""The default keep rules, in order. What they leave open is decided folder by folder, and in one
folder by the path."""

InFolder = Literal["off", "given", "each"]
Decode = Literal["auto", "exact", "fast"]
Pool = Literal["local", "dask"]
Across = Literal["off", "folders", "given", "reference"]
"""Which pairs count: all; only of different folders; only of different given folders or images;
only of a reference folder and the rest."""

_CONTRARY: Final = (
    "Edited copies are looked for in any size, and mirrored: same_dim must be off, and mirror on."
)

_CHOICES: Final = {"decode": Decode, "pool": Pool, "across": Across}

SCHEDULER_PATTERN: Final = r"^(tcp|tls)://[^\s/?#@]+:[0-9]{1,5}$"
"""What the address of a Dask scheduler looks like."""

SCHEDULER_MAX: Final = 300
"""Most characters of it."""

DEFAULT_DECODE: Final[Decode] = "auto"
"""Every match is exact, and on photos it takes less than half of the time of `exact`."""


PROCESSES_MAX: Final = 1024

_LEAST: Final = {"processes": 1, "chunksize": 1, "min_bytes": 0}


class SearchOptions(msgspec.Struct, frozen=True, kw_only=True):
    """Every option of a search, in the form in which it was used.

    Also what replies and the journal hold, so that options which only newer versions know are
    passed over here; requests have `AskedSearch`.

    Attributes:
        paths: files and folders to search, absolute, as bytes.
        similarity: largest MSE of a match, 0 to 65025; 0 means duplicates.
        same_dim: only images of the same width and height match (also swapped, when turned).
        rotate: images match in any of the four right-angle turns.
        mirror: images match mirrored, too.
        recursive: subfolders are searched.
        in_folder: `given` searches each given folder by itself, `each` every folder by itself.
        limit_extensions: only files with a known image extension are read.
        px_size: edge of the square tensor that is compared, 10 to 5000 pixels.
        query: report only matches that involve an image given by name (if folders were given,
            too); one image alone is searched for in its own folder.
        reference: folders whose files always stay.
        exclude: files and folders to leave out: absolute paths of what is searched, or patterns by
            the rules of gitignore, relative to the given folder.
        keep: ordered rules that choose which file of a group stays.
        min_bytes: smaller files are left out.
        processes: decode workers; None means one per processor.
        chunksize: images compared in one block; None chooses.
        decode: `auto` decodes large JPEGs in a reduced size first, and in full what then is near
            a match, so that every match is exact; `exact` decodes every picture in full; `fast`
            leaves it at the reduced size, whose tensors are near the exact ones.
        pool: where pictures are read and compared: in processes of this machine, or on the Dask
            cluster of `scheduler`. Results are the same.
        across: which pairs count, see `Across`.
        bins: places where files do not stay (recycle bins, snapshots, caches, see
            `difd.protocol.passing`) are searched, too.
        scheduler: address of the cluster's scheduler, `tcp://HOST:PORT` or `tls://HOST:PORT`.
        edited: edited copies (crops, framed, captioned, pasted ones) are looked for, too.
        overlaps: with `edited`, pictures that only share a part are reported as well.
    """

    paths: tuple[bytes, ...]
    similarity: Annotated[float, msgspec.Meta(ge=0, le=MSE_MAX)] = DUPLICATES
    same_dim: bool = True
    rotate: bool = True
    mirror: bool = False
    recursive: bool = True
    in_folder: InFolder = "off"
    limit_extensions: bool = True
    px_size: Annotated[int, msgspec.Meta(ge=PX_MIN, le=PX_MAX)] = 50
    query: bool = False
    reference: tuple[bytes, ...] = ()
    exclude: tuple[str, ...] = ()
    keep: tuple[str, ...] = KEEP_RULES
    min_bytes: Annotated[int, msgspec.Meta(ge=0)] = 0
    processes: Annotated[int, msgspec.Meta(ge=1, le=PROCESSES_MAX)] | None = None
    chunksize: Annotated[int, msgspec.Meta(ge=1)] | None = None
    decode: Decode = DEFAULT_DECODE
    pool: Pool = "local"
    across: Across = "off"
    bins: bool = False
    scheduler: (
        Annotated[str, msgspec.Meta(pattern=SCHEDULER_PATTERN, max_length=SCHEDULER_MAX)] | None
    ) = None
    edited: bool = False
    overlaps: bool = False


class AskedSearch(
    SearchOptions, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True
):
    """The same in a request: who asks for more than we know must not believe it was understood.

    What has its default is not said, so that an older daemon, which may know less options, refuses
    only what it is really asked for.
    """

    @classmethod
    def of(cls, options: SearchOptions) -> Self:
        """The request for a search with these options."""
        return cls(**msgspec.structs.asdict(options))

    def plain(self) -> SearchOptions:
        """The options as they are used and kept."""
        return SearchOptions(**msgspec.structs.asdict(self))


def with_similarity(
    options: SearchOptions, value: str | float, given: Collection[str] = ()
) -> SearchOptions:
    """The options, with all that a user's `similarity` stands for.

    Args:
        options: of a search.
        value: "duplicates", "similar", "edited", or a number from 0 to 65025 (also as text).
        given: names of options that the user gave.

    Raises:
        InvalidOption: neither of these, or it contradicts what the user gave.
    """
    threshold = similarity_threshold(value)
    if not is_edited(value):
        return msgspec.structs.replace(options, similarity=threshold, edited=False)
    if ("same_dim" in given and options.same_dim) or ("mirror" in given and not options.mirror):
        raise InvalidOption(_CONTRARY)
    return msgspec.structs.replace(
        options, similarity=threshold, edited=True, same_dim=False, mirror=True
    )


def is_edited(value: str | float) -> bool:
    """Whether a user's `similarity` asks for edited copies."""
    return isinstance(value, str) and value.strip().lower() == EDITED


def similarity_threshold(value: str | float) -> float:
    """The MSE threshold that a user's `similarity` stands for.

    Args:
        value: "duplicates", "similar", "edited", or a number from 0 to 65025 (also as text).

    Raises:
        InvalidOption: neither of these.
    """
    if isinstance(value, str):
        names = {"duplicates": DUPLICATES, "similar": SIMILAR, EDITED: SIMILAR}
        named = names.get(value.strip().lower())
        if named is not None:
            return named
    try:
        threshold = float(value)
    except (TypeError, ValueError):
        threshold = math.nan
    if isinstance(value, bool) or not 0 <= threshold <= MSE_MAX:
        raise InvalidOption(
            "similarity must be 'duplicates', 'similar', 'edited' or a number from 0 to 65025, "
            f"not {value!r}."
        )
    return threshold


def check_options(options: SearchOptions) -> None:
    """Refuse options outside their ranges, with one sentence that names the option.

    Raises:
        InvalidOption: a value is out of range, or two options contradict each other.
    """
    similarity_threshold(options.similarity)
    if not PX_MIN <= options.px_size <= PX_MAX:
        raise InvalidOption(
            f"px_size must be between {PX_MIN} and {PX_MAX}, not {options.px_size}."
        )
    for name, least in _LEAST.items():
        number = getattr(options, name)
        if number is not None and number < least:
            raise InvalidOption(f"{name} must be at least {least}, not {number}.")
    if (options.processes or 0) > PROCESSES_MAX:
        raise InvalidOption(f"processes must be at most {PROCESSES_MAX}, not {options.processes}.")
    for name, choices in _CHOICES.items():
        value, known = getattr(options, name), get_args(choices)
        if value not in known:
            raise InvalidOption(
                f"{name} must be {', '.join(known[:-1])} or {known[-1]}, not {value!r}."
            )
    scheduler = options.scheduler
    if scheduler is not None and not re.fullmatch(SCHEDULER_PATTERN, scheduler):
        raise InvalidOption(
            f"scheduler must be tcp://HOST:PORT or tls://HOST:PORT, not {scheduler!r}."
        )
    if options.pool == "dask" and scheduler is None:
        raise InvalidOption(
            "The pool 'dask' needs the address of a scheduler.",
            hint="Give it, such as: --scheduler tcp://HOST:8786",
        )
    read_rules(options.keep)
    check_exclusions(options.exclude)
    _check_across(options)
    _check_edited(options)
    if not options.paths:
        raise InvalidOption("No file or folder was given.")


def _check_edited(options: SearchOptions) -> None:
    if options.edited and (options.same_dim or not options.mirror):
        raise InvalidOption(_CONTRARY)
    if options.overlaps and not options.edited:
        raise InvalidOption(
            "Pictures that overlap are found among edited copies only.",
            hint="Look for those: --similarity edited",
        )


def check_absolute(options: SearchOptions) -> None:
    """Refuse paths that mean something else in another process.

    Raises:
        InvalidOption: one is not absolute, or holds a zero byte.
    """
    for path in (*options.paths, *options.reference):
        if not paths.is_absolute(path) or b"\0" in path:
            raise InvalidOption("Paths must be absolute.", path=path)


def _check_across(options: SearchOptions) -> None:
    if options.across == "reference" and not options.reference:
        raise InvalidOption(
            "To match across a reference, a reference folder is needed.",
            hint="Give it, such as: --reference DIR",
        )
    if (options.in_folder, options.across) in {
        *(("each", across) for across in ("folders", "given", "reference")),
        ("given", "given"),
    }:
        raise InvalidOption(
            f"Nothing can match across {options.across} when in_folder is {options.in_folder!r}."
        )
