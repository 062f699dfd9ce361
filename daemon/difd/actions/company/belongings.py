"""What belongs to a picture and goes with it: sidecars, and the movie of a Live Photo.

What several pictures share goes only when all of them go. Taking too little leaves a small file
behind; taking too much could lose somebody's only movie, so a movie has to prove itself.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from typing import Final

import msgspec

from difd import apple_double
from difd.actions.company.companions import (
    RAW,
    is_counted,
    is_medium,
    stem_of,
    suffix_of,
)
from difd.actions.company.live_photo import is_live_photo
from difd.actions.company.siblings import Folder, Siblings
from difd.actions.company.takeout import is_takeout
from difd.actions.files.naming import folded

_DEVELOPED: Final = (b".jpg", b".jpeg", b".heic", b".heif", b".hif")
"""What a camera writes beside RAW, and what Live Photos are; the first is the usual partner."""

_LIVE: Final = frozenset({b".mov", b".mp4"})

_NOBODY: Final[AbstractSet[bytes]] = frozenset()


class Belongings(msgspec.Struct, frozen=True):
    """What is beside a picture.

    Attributes:
        files: what goes with it, absolute paths in order.
        partner: the other half of a RAW + JPEG pair, which is a picture of its own.
    """

    files: tuple[bytes, ...]
    partner: bytes | None


def belongings(
    path: bytes, siblings: Siblings | None = None, going: AbstractSet[bytes] = _NOBODY
) -> Belongings:
    """What belongs to a picture.

    Args:
        path: of the picture, absolute.
        siblings: the same object for all pictures of a plan, so that each folder is read once.
        going: all pictures that go, as absolute paths. What several of them share is given to the
            first of them by name, and what is shared with a picture that stays, to none.
    """
    place, name = os.path.split(path)
    folder = (siblings or Siblings()).of(place)

    def leaves(owner: bytes) -> bool:
        return owner == name or os.path.join(place, owner) in going

    companions = [
        os.path.join(place, found)
        for found, owners in _attached(name, place, folder, going).items()
        if name == min(owners) and all(map(leaves, owners))
    ]
    partner = _partner(name, folder.of_stem(stem_of(name)))
    return Belongings(tuple(sorted(companions)), partner and os.path.join(place, partner))


def company_of(path: bytes, siblings: Siblings | None = None) -> list[bytes]:
    """All that belongs to a picture, also what it shares with others: absolute paths in order."""
    place, name = os.path.split(path)
    folder = (siblings or Siblings()).of(place)
    return sorted(os.path.join(place, found) for found in _attached(name, place, folder, _NOBODY))


def strangers(
    path: bytes, siblings: Siblings | None = None, going: AbstractSet[bytes] = _NOBODY
) -> list[bytes]:
    """The names of files that are called like a picture and are none of its companions: notes, say.

    Also copies of its companions, and what programs keep of it in folders of their own. None is
    named if a picture or movie stays to which they may belong.

    Args:
        path: of the picture, absolute.
        siblings: the same object for all pictures of a plan.
        going: all pictures that go, as absolute paths.
    """
    place, name = os.path.split(path)
    siblings = siblings or Siblings()
    folder = siblings.of(place)
    alike = {*folder.of_stem(stem_of(name)), *folder.of_stem(folded(name))} - {name}
    kin = {other for other in alike if is_medium(other)}
    if any(os.path.join(place, other) not in going for other in kin):
        return []
    attached = _attached(name, place, folder, going).keys()
    for companion in attached:
        alike.update(folder.of_stem(folded(companion)))
    return sorted({*(alike - kin - attached), *_kept_by_programs(name, place, siblings)})


def _kept_by_programs(name: bytes, place: bytes, siblings: Siblings) -> Iterator[bytes]:
    """What programs keep of a picture in folders of their own, with these folders."""
    for below in siblings.kept_by_programs(place):
        folder = siblings.of(os.path.join(place, below))
        # Geeqie writes IMG_1.jpg.gq.xmp.
        for stem in {stem_of(name), folded(name), folded(name) + b".gq"}:
            yield from (os.path.join(below, found) for found in folder.of_stem(stem))


def _attached(
    name: bytes, place: bytes, folder: Folder, going: AbstractSet[bytes]
) -> dict[bytes, Sequence[bytes]]:
    """What may belong to a picture, with all pictures that it may belong to."""
    movies = _live_movies(folder.of_stem(stem_of(name)), place)
    found = {movie: owners for movie, owners in movies.items() if name in owners}

    def is_picture(owner: bytes) -> bool:
        # The search found those that go, whatever they are called.
        return owner == name or is_medium(owner) or os.path.join(place, owner) in going

    for named in (name, *found):
        for companion in folder.companions.get(named, ()):
            owners = _owners(filter(is_picture, folder.owners[companion]), movies)
            if name in owners and _proves_itself(companion, place, folder):
                found[companion] = owners
    return found


def _owners(names: Iterable[bytes], movies: Mapping[bytes, Sequence[bytes]]) -> Sequence[bytes]:
    """The owners of a companion; in the place of a Live Photo's movie stand its pictures."""
    given = list(names)
    pictures = [name for name in given if name not in movies]
    return pictures or sorted({owner for movie in given for owner in movies[movie]})


def _proves_itself(companion: bytes, place: bytes, folder: Folder) -> bool:
    """Whether a file is a companion, as far as its name does not say so.

    A picture may be called `._a.jpg`. `package.json` beside package.png is none; `IMG_1234.json`
    has the number of a camera.
    """
    if apple_double.has_name(companion):
        return apple_double.is_apple_double(os.path.join(place, companion))
    return (
        companion not in folder.unproven
        or is_counted(stem_of(companion))
        or is_takeout(os.path.join(place, companion))
    )


def _live_movies(kin: Sequence[bytes], place: bytes) -> dict[bytes, Sequence[bytes]]:
    """The movies of Live Photos among files of one stem, each with its pictures."""
    pictures = [name for name in kin if suffix_of(name) in _DEVELOPED]
    found: dict[bytes, Sequence[bytes]] = {}
    for movie in kin:
        if suffix_of(movie) in _LIVE:
            owners = [
                picture
                for picture in pictures
                if is_live_photo(os.path.join(place, picture), os.path.join(place, movie))
            ]
            if owners:
                found[movie] = owners
    return found


def _partner(name: bytes, kin: Sequence[bytes]) -> bytes | None:
    """The other half of a pair; a JPEG rather than a HEIC where there are both."""
    suffix = suffix_of(name)
    if suffix in RAW:
        wanted = [other for other in kin if suffix_of(other) in _DEVELOPED]
        return min(
            wanted, key=lambda other: (_DEVELOPED.index(suffix_of(other)), other), default=None
        )
    if suffix in _DEVELOPED:
        return min((other for other in kin if suffix_of(other) in RAW), default=None)
    return None
