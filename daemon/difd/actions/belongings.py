"""What belongs to a picture and goes with it: sidecars, and the movie of a Live Photo.

What several pictures share goes only when all of them go. Taking too little leaves a small file
behind; taking too much could lose somebody's only movie, so a movie has to prove itself.
"""

from __future__ import annotations

import os
import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from typing import Final

from difd.actions.live_photo import is_live_photo

RAW_EXTENSIONS: Final = frozenset(
    b".3fr .arw .cr2 .cr3 .crw .dcr .dng .erf .iiq .kdc .mef .mos .mrw .nef .nrw .orf .pef .raf "
    b".rw2 .rwl .sr2 .srf .srw .x3f".split()
)
"""The engine's list: a camera writes one of these beside its JPEG or HEIC."""

_DEVELOPED: Final = (b".jpg", b".jpeg", b".heic", b".heif", b".hif")
"""What a camera writes beside RAW, and what Live Photos are; the first is the usual partner."""

_MOVIES: Final = frozenset({b".mov", b".mp4"})

_SIDECARS: Final = frozenset({b".xmp", b".aae"})

_ADJUSTED: Final = re.compile(rb"\A(img_)o(\d+)\Z")
"""iPhones call it IMG_O1234.AAE when the picture IMG_1234 was adjusted while it was taken."""


@dataclass(frozen=True, slots=True)
class Belongings:
    """What is beside a picture.

    Attributes:
        files: what goes with it, absolute paths in order.
        partner: the other half of a RAW + JPEG pair, which is a picture of its own.
    """

    files: tuple[bytes, ...]
    partner: bytes | None


class Siblings:
    """The regular files of folders by stem, without regard to case; each folder is read once."""

    def __init__(self) -> None:
        self._folders: dict[bytes, Mapping[bytes, Sequence[bytes]]] = {}

    def of(self, folder: bytes) -> Mapping[bytes, Sequence[bytes]]:
        """Names by their stem in lower case; of an unreadable folder, none.

        A file with two dots has two stems: `img.jpg.xmp` is found under `img.jpg` only.
        """
        if folder not in self._folders:
            self._folders[folder] = _by_stem(folder)
        return self._folders[folder]


def belongings(
    path: bytes, siblings: Siblings | None = None, going: AbstractSet[bytes] = frozenset()
) -> Belongings:
    """What belongs to a picture.

    Args:
        path: of the picture, absolute.
        siblings: the same object for all pictures of a plan, so that each folder is read once.
        going: all pictures that go, as absolute paths. What several of them share is given to the
            first of them by name, and what is shared with a picture that stays, to none.
    """
    folder, name = os.path.split(path)
    stems = (siblings or Siblings()).of(folder)

    def leaves(owner: bytes) -> bool:
        return owner == name or os.path.join(folder, owner) in going

    files = [
        os.path.join(folder, found)
        for found, owners in _attached(name, folder, stems).items()
        if name == min(owners) and all(map(leaves, owners))
    ]
    partner = _partner(name, stems.get(_stem(name), ()))
    return Belongings(tuple(sorted(files)), partner and os.path.join(folder, partner))


def _attached(
    name: bytes, folder: bytes, stems: Mapping[bytes, Sequence[bytes]]
) -> dict[bytes, list[bytes]]:
    """What may belong to a picture, with all pictures that it may belong to."""
    stem = _stem(name)
    kin = stems.get(stem, ())
    movies = _live_movies(kin, folder)
    found = {movie: owners for movie, owners in movies.items() if name in owners}
    for beside in (kin, stems.get(name.lower(), ()), stems.get(_adjusted(stem), ())):
        for sidecar in beside:
            if _suffix(sidecar) in _SIDECARS:
                owners = [owner for owner in _owners(sidecar, stems) if owner not in movies]
                if name in owners:
                    found[sidecar] = owners
    return found


def _owners(sidecar: bytes, stems: Mapping[bytes, Sequence[bytes]]) -> list[bytes]:
    """The files that a sidecar names: `img.xmp` all of that stem, `img.jpg.xmp` that one."""
    stem = _stem(sidecar)
    wanted = {stem, _ADJUSTED.sub(rb"\1\2", stem)} if _suffix(sidecar) == b".aae" else {stem}
    around = {name for one in wanted for key in (one, _stem(one)) for name in stems.get(key, ())}
    return [
        name
        for name in around
        if _suffix(name) not in _SIDECARS and {_stem(name), name.lower()} & wanted
    ]


def _live_movies(kin: Sequence[bytes], folder: bytes) -> dict[bytes, list[bytes]]:
    """The movies of Live Photos among files of one stem, each with its pictures."""
    pictures = [name for name in kin if _suffix(name) in _DEVELOPED]
    found = {}
    for movie in kin:
        if _suffix(movie) in _MOVIES:
            owners = [
                picture
                for picture in pictures
                if is_live_photo(os.path.join(folder, picture), os.path.join(folder, movie))
            ]
            if owners:
                found[movie] = owners
    return found


def _partner(name: bytes, kin: Sequence[bytes]) -> bytes | None:
    """The other half of a pair; a JPEG rather than a HEIC where there are both."""
    suffix = _suffix(name)
    if suffix in RAW_EXTENSIONS:
        wanted = [other for other in kin if _suffix(other) in _DEVELOPED]
        return min(
            wanted, key=lambda other: (_DEVELOPED.index(_suffix(other)), other), default=None
        )
    if suffix in _DEVELOPED:
        return min((other for other in kin if _suffix(other) in RAW_EXTENSIONS), default=None)
    return None


def _adjusted(stem: bytes) -> bytes:
    return re.sub(rb"\A(img_)(\d+)\Z", rb"\1o\2", stem)


def _by_stem(folder: bytes) -> dict[bytes, list[bytes]]:
    found: dict[bytes, list[bytes]] = defaultdict(list)
    try:
        with os.scandir(folder) as entries:
            for entry in entries:
                if entry.is_file(follow_symlinks=False):
                    found[_stem(entry.name)].append(entry.name)
    except OSError:
        return {}
    return {stem: sorted(names) for stem, names in found.items()}


def _stem(name: bytes) -> bytes:
    return os.path.splitext(name)[0].lower()


def _suffix(name: bytes) -> bytes:
    return os.path.splitext(name)[1].lower()
