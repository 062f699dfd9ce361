"""Keep rules: each one's name, what it looks at, and its reason, in one table for all of difd.

A rule ranks files beside each other: what a name or a size says may depend on which others there
are. The engine ranks records, the review page the files of a result; both must choose alike.
"""

from __future__ import annotations

import fnmatch
import os
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Final, NamedTuple

import msgspec

from difd.protocol.keep_rules.copy_names import folded, name_facts
from difd.protocol.keep_rules.side_folders import side_folders
from difd.protocol.places import resolved
from difd.system import paths
from difd.system.paths import folder_of


class Picture(NamedTuple):
    """What keep rules look at; see `difd.protocol.results.Member` for the same facts.

    Attributes:
        width, height: in pixels, as displayed.
        size: of the file, in bytes.
        modified: nanoseconds since 1970.
        format: Pillow's name.
        metadata: which kinds of metadata the file has.
        path: absolute.
        damage: what is wrong with the file; empty if nothing is.
        worth: how much the file holds beside its pixels.
        details: how many single things that are.
        taken: when the picture was taken, `YYYY-MM-DD HH:MM:SS`; empty if unknown.
        reference: it lies in a reference folder.
        passing: what kind of place it lies in where files do not stay; empty if elsewhere.
        writable: the user could take it from its place.
    """

    width: int
    height: int
    size: int
    modified: int
    format: str
    metadata: tuple[str, ...]
    path: bytes
    damage: str = ""
    worth: int = 0
    details: int = 0
    taken: str = ""
    reference: bool = False
    passing: str = ""
    writable: bool = True


Rank = int | str
"""What a rule makes of a file beside others; of several the one with the smallest rank stays."""


class KeepRule(msgspec.Struct, frozen=True):
    """One keep rule.

    Attributes:
        name: a key of `KINDS`.
        formats: for `format`: Pillow's names, the preferred ones first.
        folders: for `in`, `not-in` and `folder`: absolute, the preferred ones first.
        pattern: for `name` and `not-name`: of the file's name.
    """

    name: str
    formats: tuple[str, ...] = ()
    folders: tuple[bytes, ...] = ()
    pattern: str = ""

    def ranks(self, pictures: Sequence[Picture]) -> list[Rank]:
        """What the rule makes of pictures beside each other; all ranks are of one type."""
        return KINDS[self.name].ranks(self, pictures)

    def prefers(self, one: Picture, other: Picture) -> bool:
        """Whether the rule lets one picture stay rather than another one."""
        first, second = self.ranks([one, other])
        return first < second  # type: ignore[operator]

    def reason(self, kept: Picture, other: Picture) -> str:
        """Why `kept` stays and not `other`, whose rank is larger: a clause about `kept`, "it"."""
        return KINDS[self.name].reason(self, kept, other)

    def holds(self, folder: bytes, picture: Picture) -> bool:
        """Whether a picture lies in a folder, or below it, whatever links lead there."""
        if paths.holds(folder, picture.path):
            return True
        return paths.holds(resolved(folder), resolved(folder_of(picture.path)))

    def fits(self, picture: Picture) -> bool:
        """Whether the name of a file matches the pattern, in any case."""
        name = folded(os.fsdecode(os.path.basename(picture.path)))
        return fnmatch.fnmatchcase(name, folded(self.pattern))


class Kind(msgspec.Struct, frozen=True):
    """What rules of one name do.

    Attributes:
        ranks, reason: see `KeepRule`.
        argument: an example of what follows the name and a colon.
    """

    ranks: Callable[[KeepRule, Sequence[Picture]], list[Rank]]
    reason: Callable[[KeepRule, Picture, Picture], str]
    argument: str = ""


def _each(
    rank: Callable[[KeepRule, Picture], Rank],
) -> Callable[[KeepRule, Sequence[Picture]], list[Rank]]:
    """Ranks that do not depend on which other files there are."""
    return lambda rule, pictures: [rank(rule, picture) for picture in pictures]


_LOSSY: Final = {"JPEG": "JPEG", "MPO": "JPEG"} | {
    name: name for name in ("WEBP", "HEIF", "AVIF", "JPEG2000", "JXL")
}
"""Formats in which more bytes mean a better picture; MPO is JPEG with further pictures."""


def _largest_of_format(_: KeepRule, pictures: Sequence[Picture]) -> list[Rank]:
    """How many larger sizes there are in the same lossy format.

    A JPEG of 852 kB is no worse than a PNG of 4 MB that was made of it. So the largest file of each
    lossy format competes on with all others, and the next ones come after them.
    """
    sizes: dict[str, set[int]] = {}
    for picture in pictures:
        if (family := _LOSSY.get(picture.format.upper())) is not None:
            sizes.setdefault(family, set()).add(picture.size)
    places = {
        family: {size: place for place, size in enumerate(sorted(found, reverse=True))}
        for family, found in sizes.items()
    }
    return [
        places[family][picture.size]
        if (family := _LOSSY.get(picture.format.upper())) is not None
        else 0
        for picture in pictures
    ]


def _named_as_copies(_: KeepRule, pictures: Sequence[Picture]) -> list[Rank]:
    names = [name_facts(picture.path) for picture in pictures]
    stems = {name.stem for name in names}
    return [int(name.is_copy or name.numbered_from in stems) for name in names]


def _format_rank(rule: KeepRule, picture: Picture) -> int:
    name = picture.format.upper()
    return rule.formats.index(name) if name in rule.formats else len(rule.formats)


def _folder_rank(rule: KeepRule, picture: Picture) -> int:
    """The place of the deepest of the folders that hold the file."""
    holding = [place for place, folder in enumerate(rule.folders) if rule.holds(folder, picture)]
    deepest = max(holding, key=lambda place: len(rule.folders[place]), default=None)
    return len(rule.folders) if deepest is None else deepest


def _is_inside(rule: KeepRule, picture: Picture) -> bool:
    return rule.holds(rule.folders[0], picture)


def _date(modified: int) -> str:
    try:
        moment = datetime.fromtimestamp(modified / 1e9, UTC)
    except (OverflowError, ValueError, OSError):
        # File systems hold times that calendars do not.
        return f"{modified} ns"
    return f"{moment:%Y-%m-%d %H:%M:%S}"


def _dates(kept: Picture, other: Picture) -> str:
    one, two = _date(kept.modified), _date(other.modified)
    return "by less than a second" if one == two else f"{one} against {two}"


def _taken(kept: Picture, other: Picture) -> str:
    if not other.taken:
        return f"it tells when it was taken, {kept.taken}"
    return f"it was taken earlier, {kept.taken} against {other.taken}"


def _described(kept: Picture, other: Picture) -> str:
    more = [kind for kind in kept.metadata if kind not in other.metadata]
    return f"it has {' and '.join(more)}, which the other one lacks"


def _album(kept: Picture, other: Picture) -> str:
    one, two = (paths.parts(picture.path)[:-1] for picture in (kept, other))
    while one and two and one[0] == two[0]:
        one, two = one[1:], two[1:]
    own, others = side_folders(b"/".join(one)), side_folders(b"/".join(two))
    if own or not others:
        return "fewer of its folders are for backups, downloads or the like"
    return f'it lies in an album, the other one in {others[0].kind} ("{_shown(others[0].name)}")'


def _in_folder(rule: KeepRule, kept: Picture, _: Picture) -> str:
    return f"it lies in {_shown(rule.folders[_folder_rank(rule, kept)])}"


def _shown(name: bytes | str) -> str:
    # Names that are not UTF-8 must not make the sentence unsendable.
    return (name if isinstance(name, bytes) else os.fsencode(name)).decode(errors="replace")


_FOLDER: Final = "DIR"
_FOLDERS: Final = "DIR>DIR"
_FORMATS: Final = "png>tiff>heic>jpeg"
_PATTERN: Final = "PATTERN"

KINDS: Final = {
    "intact": Kind(
        _each(lambda _, picture: bool(picture.damage)),
        lambda _, _kept, other: f"it is undamaged, the other one is not: {other.damage}",
    ),
    "value": Kind(
        _each(lambda _, picture: -picture.worth),
        lambda _, _kept, _other: "it holds more beside the picture than the other one",
    ),
    "metadata": Kind(
        _each(lambda _, picture: -len(picture.metadata)),
        lambda _, kept, other: _described(kept, other),
    ),
    "resolution": Kind(
        _each(lambda _, picture: -picture.width * picture.height),
        lambda _, kept, other: (
            f"it is larger, {kept.width}×{kept.height} against {other.width}×{other.height}"
        ),
    ),
    "details": Kind(
        _each(lambda _, picture: -picture.details),
        lambda _, _kept, _other: "it holds more details than the other one",
    ),
    "bytes": Kind(
        _largest_of_format,
        lambda _, kept, other: f"it is the larger file, {kept.size:,} bytes against {other.size:,}",
    ),
    "smallest": Kind(
        _each(lambda _, picture: picture.size),
        lambda _, kept, other: (
            f"it is the smaller file, {kept.size:,} bytes against {other.size:,}"
        ),
    ),
    "format": Kind(
        _each(_format_rank),
        lambda _, kept, other: f"it is {kept.format}, which is preferred over {other.format}",
        _FORMATS,
    ),
    "taken": Kind(
        # Files without a date come after all dates.
        _each(lambda _, picture: picture.taken or "~"),
        lambda _, kept, other: _taken(kept, other),
    ),
    "oldest": Kind(
        _each(lambda _, picture: picture.modified),
        lambda _, kept, other: f"it is older, {_dates(kept, other)}",
    ),
    "newest": Kind(
        _each(lambda _, picture: -picture.modified),
        lambda _, kept, other: f"it is newer, {_dates(kept, other)}",
    ),
    "original-name": Kind(
        _named_as_copies,
        lambda _, _kept, other: (
            "its name is not that of a copy, as the other one's is: "
            f"{_shown(os.path.basename(other.path))}"
        ),
    ),
    "album": Kind(
        # Folders that two files have in common count for both, so only the others decide.
        _each(lambda _, picture: len(side_folders(folder_of(picture.path)))),
        lambda _, kept, other: _album(kept, other),
    ),
    "folder": Kind(_each(_folder_rank), _in_folder, _FOLDERS),
    "shortest-path": Kind(
        # In characters: an ü must not count as two.
        _each(lambda _, picture: len(os.fsdecode(picture.path))),
        lambda _, _kept, _other: "its path is shorter",
    ),
    "longest-path": Kind(
        _each(lambda _, picture: -len(os.fsdecode(picture.path))),
        lambda _, _kept, _other: "its path is longer",
    ),
    "name": Kind(
        _each(lambda rule, picture: not rule.fits(picture)),
        lambda rule, _kept, _other: f"its name matches {rule.pattern}",
        _PATTERN,
    ),
    "not-name": Kind(
        _each(lambda rule, picture: rule.fits(picture)),
        lambda rule, _kept, _other: f"its name does not match {rule.pattern}",
        _PATTERN,
    ),
    "in": Kind(
        _each(lambda rule, picture: not _is_inside(rule, picture)),
        _in_folder,
        _FOLDER,
    ),
    "not-in": Kind(
        _each(_is_inside),
        lambda rule, _kept, _other: f"it does not lie in {_shown(rule.folders[0])}",
        _FOLDER,
    ),
}
"""Every keep rule by its name."""

HIDDEN: Final = "details"
"""A rule that nobody writes: it follows from `value`, see `reading.refined`."""

FOLDER_RULES: Final = frozenset(
    name for name, kind in KINDS.items() if kind.argument in {_FOLDER, _FOLDERS}
)
"""Names of the rules that name folders."""

FOLDER_LISTS: Final = frozenset(name for name, kind in KINDS.items() if kind.argument == _FOLDERS)
"""Names of the rules that name several."""

PATTERN_RULES: Final = frozenset(name for name, kind in KINDS.items() if kind.argument == _PATTERN)
"""Names of the rules that name files."""

NAMING_RULES: Final = tuple(name for name in KINDS if name in FOLDER_RULES | PATTERN_RULES)
"""Names of the rules that name folders or files, which may be private."""

PLACE_RULES: Final = frozenset({"album", *NAMING_RULES})
"""Names of the rules that say where a person wants to have a file, or by which name."""

WRITTEN: Final = tuple(
    f"{name}:{kind.argument}" if kind.argument else name
    for name, kind in KINDS.items()
    if name != HIDDEN
)
"""All rules that people may write, with an example of what follows a name."""

RULES_SENTENCE: Final = f"Valid rules are: {', '.join(WRITTEN)}."
"""All rules as they are written."""
