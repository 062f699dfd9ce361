"""What a picture's file says about itself: when, where and how it was taken, in words."""

from __future__ import annotations

from typing import Annotated, Final

import msgspec

WORDS_MAX: Final = 200
"""Longest text of a field, in characters."""

Words = Annotated[str, msgspec.Meta(max_length=WORDS_MAX)]


class Description(msgspec.Struct, frozen=True):
    """The metadata of one file. What it does not tell, or tells in a damaged way, is None.

    All texts are one line without control characters; whoever made the file chose them.

    Attributes:
        taken: local time where it was taken, `2019-06-03 14:22:07.12 +02:00`, as far as known.
        camera: maker and model.
        lens: its name, or its range: `24 to 70 mm f/2.8`.
        exposure: `1/250 s, f/2.8, ISO 400, 50 mm (75 mm on 35 mm film)`, as far as known.
        place: degrees north and east, height above the sea: `47.37689, 8.54170, 408 m`.
        software: what wrote the file.
        author: who took it.
        title: its title or description.
        keywords: its keywords, with commas between them.
        rating: stars, 0 to 5, -1 for rejected.
        depth: bits a channel, and what the channels are.
        profile: the name of its colour profile.
        frames: how many pictures are in the file.
    """

    taken: Words | None = None
    camera: Words | None = None
    lens: Words | None = None
    exposure: Words | None = None
    place: Words | None = None
    software: Words | None = None
    author: Words | None = None
    title: Words | None = None
    rating: int | None = None
    depth: Words | None = None
    profile: Words | None = None
    frames: int | None = None
    keywords: Words | None = None
