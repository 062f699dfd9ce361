"""The files of a folder by their names: which have one stem, and which belong to which picture.

A folder is read once, and all of its companions are looked up then, however many pictures of it
are in a plan.
"""

from __future__ import annotations

import os
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from glob import escape, glob

import msgspec

from difd.actions.company.companions import (
    PROGRAM_FOLDERS,
    Kind,
    is_counted,
    is_medium,
    kind_of,
    owner_names,
    stem_of,
)
from difd.actions.company.takeout import takeout_beginning
from difd.actions.files.naming import folded


class Folder(msgspec.Struct, frozen=True):
    """The regular files of a folder. Keys that are asked for are folded, names as they are.

    Macs write names in another form than others, and some drives know no capitals.

    Attributes:
        stems: names by their stem. A file with two dots has two: `img.jpg.xmp` is found under
            `img.jpg` only.
        companions: for every name the companions that may belong to it.
        owners: for every companion the names of those that it may belong to, pictures or not.
        unproven: companions whose name proves too little.
    """

    stems: Mapping[bytes, Sequence[bytes]]
    companions: dict[bytes, list[bytes]] = msgspec.field(default_factory=lambda: defaultdict(list))
    owners: dict[bytes, Sequence[bytes]] = msgspec.field(default_factory=dict)
    unproven: set[bytes] = msgspec.field(default_factory=set)

    def of_stem(self, stem: bytes) -> Sequence[bytes]:
        """The files of that stem."""
        return self.stems.get(stem, ())


class Siblings:
    """Folders as they were when they were first asked for."""

    def __init__(self) -> None:
        self._folders: dict[bytes, Folder] = {}
        self._programs: dict[bytes, Sequence[bytes]] = {}

    def of(self, path: bytes) -> Folder:
        """A folder; one that cannot be read has no files."""
        if path not in self._folders:
            self._folders[path] = _read(path)
        return self._folders[path]

    def kept_by_programs(self, path: bytes) -> Sequence[bytes]:
        """The folders below one in which programs keep what they know of its pictures.

        Args:
            path: of the folder.

        Returns:
            Their names below it.
        """
        if path not in self._programs:
            self._programs[path] = [
                os.path.relpath(found, path)
                for name, _ in PROGRAM_FOLDERS
                # Capture One writes its version behind the name.
                for found in glob(os.path.join(escape(path), name + b"*"))
                if os.path.isdir(found)
            ]
        return self._programs[path]


def _read(path: bytes) -> Folder:
    names: list[bytes] = []
    try:
        with os.scandir(path) as entries:
            names += (entry.name for entry in entries if entry.is_file(follow_symlinks=False))
    except OSError:
        return Folder({})
    names.sort()
    stems: dict[bytes, list[bytes]] = defaultdict(list)
    for name in names:
        stems[stem_of(name)].append(name)
    folder = Folder(dict(stems))
    kinds = [(name, kind) for name in names if (kind := kind_of(name))]
    if not kinds:
        return folder
    wholes: dict[bytes, list[bytes]] = defaultdict(list)
    for name in names:
        wholes[folded(name)].append(name)
    ordered = sorted(wholes)
    for name, kind in kinds:
        owners = _named(name, kind, wholes, stems)
        if not any(map(is_medium, owners)) and kind.suffix == b".json":
            owners = [*owners, *_cut(name, ordered, wholes)]
            if not any(map(is_medium, owners)):
                folder.unproven.add(name)
                stem = stem_of(name)
                alike = [*stems.get(stem, ()), *wholes.get(stem_of(stem), ())]
                owners = [*owners, *_pictures(alike)]
        folder.owners[name] = owners
        for owner in owners:
            folder.companions[owner].append(name)
    return folder


def _named(
    name: bytes,
    kind: Kind,
    wholes: Mapping[bytes, Sequence[bytes]],
    stems: Mapping[bytes, Sequence[bytes]],
) -> list[bytes]:
    """The files that a companion names; other companions are none of them."""
    if kind.memo and not is_counted(stem_of(name)):
        return []
    found: dict[bytes, None] = {}
    for wanted in owner_names(name):
        here = [
            owner
            for one in wanted
            for names, asked in ((wholes, kind.whole), (stems, kind.stem))
            if asked
            for owner in names.get(one, ())
            if kind_of(owner) is None
        ]
        found.update(dict.fromkeys(here))
        if any(map(is_medium, here)):
            break
    return list(found)


def _cut(
    name: bytes, ordered: Sequence[bytes], wholes: Mapping[bytes, Sequence[bytes]]
) -> Iterator[bytes]:
    """The pictures whose long names begin as a JSON file of Google Takeout says."""
    found = takeout_beginning(stem_of(name))
    if found is None:
        return
    beginning, number = found
    for whole in ordered[bisect_left(ordered, beginning) :]:
        if not whole.startswith(beginning):
            return
        if stem_of(whole).endswith(number):
            yield from _pictures(wholes[whole])


def _pictures(names: Sequence[bytes]) -> Iterator[bytes]:
    return (name for name in names if is_medium(name) and kind_of(name) is None)
