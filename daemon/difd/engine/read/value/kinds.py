"""The kinds of things that a file may hold beside its pixels, what they weigh, and their words."""

from __future__ import annotations

from enum import IntEnum
from typing import Final, NamedTuple


class Kind(IntEnum):
    """What a thing is. The numbers are stored in caches: add new ones, change none.

    The order of this list is the order in which losses are told.
    """

    MOVIE = 1
    SOUND = 2
    LAYERS = 3
    MASK = 4
    DEPTH = 5
    PICTURE = 6
    ARCHIVE = 7
    DATA = 8
    SOURCE = 9
    CAPTION = 10
    TITLE = 11
    PERSON = 12
    KEYWORD = 13
    COMMENT = 14
    RATING = 15
    PLACE = 16
    DATE = 17
    CAMERA = 18
    AUTHOR = 19
    OTHER = 20
    EDITS = 21
    TECHNICAL = 22


class Sort(NamedTuple):
    """What is said about things of a kind, and how much they weigh.

    Attributes:
        weight: for the choice of the file that stays; 0 is told when lost, and decides nothing.
        one: words for one such thing.
        more: words for several, after their number; empty if they are told one by one.
        note: how one is told with its note, which is its text or its size; empty if it has none.
    """

    weight: int
    one: str
    more: str = ""
    note: str = ""


SORTS: Final = {
    Kind.MOVIE: Sort(64, "a movie", "movies", " of {}"),
    Kind.SOUND: Sort(64, "a sound", "sounds", " of {}"),
    Kind.LAYERS: Sort(64, "layers", "sets of layers", " of {}"),
    Kind.MASK: Sort(64, "a mask", "masks", " of {}"),
    Kind.DEPTH: Sort(64, "a depth map", "depth maps", " of {}"),
    Kind.PICTURE: Sort(64, "another picture", "other pictures", " of {}"),
    Kind.ARCHIVE: Sort(64, "an archive", "archives", " of {}"),
    Kind.DATA: Sort(64, "further data", "pieces of further data", " of {}"),
    Kind.SOURCE: Sort(48, "a text", "texts", " ({})"),
    Kind.CAPTION: Sort(32, "the caption", "captions", " '{}'"),
    Kind.TITLE: Sort(16, "the title", "titles", " '{}'"),
    Kind.PERSON: Sort(32, "people in it", "entries about people"),
    Kind.KEYWORD: Sort(32, "the keyword", "keywords", " '{}'"),
    Kind.COMMENT: Sort(24, "the comment", "comments", " '{}'"),
    Kind.RATING: Sort(12, "the rating", "ratings"),
    Kind.PLACE: Sort(12, "where it was taken", "places"),
    Kind.DATE: Sort(8, "the date taken", "dates"),
    Kind.CAMERA: Sort(4, "the camera", "names of camera and maker"),
    Kind.AUTHOR: Sort(4, "author or copyright", "names of author or copyright"),
    Kind.OTHER: Sort(1, "a property", "properties", " ({})"),
    Kind.EDITS: Sort(0, "settings of edits", "settings of edits"),
    Kind.TECHNICAL: Sort(0, "a technical detail", "technical details"),
}
"""Camera settings and edit settings weigh nothing: who keeps the better file would not miss them,
and whoever would miss them is told, because a file that holds them is never removed unasked."""
