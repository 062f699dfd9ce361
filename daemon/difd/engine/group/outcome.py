"""All that a search found: its rows, its summary, and what is counted in them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import msgspec

from difd.engine.formats import extension_of
from difd.engine.group.report import Part
from difd.engine.record import Unreadable
from difd.extensions import READ_EXTENSIONS
from difd.protocol.results import Group, Invalid, LowerQuality, Row, Statistics, Summary


class Outcome(msgspec.Struct, frozen=True, eq=False):
    """A finished search.

    Attributes:
        summary: it in one line.
        statistics: the last row.
        not_laid: pairs that were not compared for edited copies, see `pipeline.too_common`.
    """

    parts: Sequence[Part]
    unreadable: Sequence[Unreadable]
    summary: Summary
    statistics: Statistics
    not_laid: int = 0

    def rows(self) -> Iterator[Row]:
        """The rows, in the order that `difd.protocol.results` documents; made as they are read."""
        number = 0
        for part in self.parts:
            for images, reclaimable in zip(part.groups, part.reclaimable, strict=True):
                number += 1
                copies = part.edited(images)
                yield Group(number, part.folder, len(images), reclaimable, len(copies))
                yield from part.members(number, images)
                if copies:
                    yield from part.edited_members(number, copies)
        for part in self.parts:
            yield from part.pairs()
        for part in self.parts:
            for image in part.lower.tolist():
                yield LowerQuality(part.records[image].file.path)
        for entry in self.unreadable:
            yield Invalid(entry.path, entry.reason)
        yield self.statistics


def summarize(
    parts: Sequence[Part],
    files: int,
    unreadable: Sequence[Unreadable],
    notices: tuple[str, ...] = (),
) -> Summary:
    """A search in one line, from its parts."""
    members = [images for part in parts for images in part.groups]
    beside = sum(len(part.edited(images)) for part in parts for images in part.groups)
    extra = sum(
        int((part.grouping.keeper[images] != images).sum())
        for part in parts
        for images in part.grouping.groups
    )
    shown = sum(len(part.listing.match) + len(part.lower) for part in parts)
    return Summary(
        files=files,
        invalid=len(unreadable),
        groups=len(members),
        extra_files=extra,
        reclaimable_bytes=sum(sum(part.reclaimable) for part in parts),
        rows=len(members) + sum(map(len, members)) + beside + shown + len(unreadable) + 1,
        notices=notices,
        removable_files=sum(part.removable for part in parts),
        edited_files=sum(part.edited_files for part in parts),
        unread_files=sum(map(_is_picture, unreadable)),
    )


def _is_picture(entry: Unreadable) -> bool:
    """Whether what could not be read is an image by its name, and no folder."""
    return extension_of(entry.path) in READ_EXTENSIONS and not entry.reason.startswith("folder: ")


def count_entries(parts: Sequence[Part]) -> tuple[int, int]:
    """How many entries of `result` have MSE 0, and how many have more."""
    duplicates = sum(int((part.listing.ssd == 0).sum()) for part in parts)
    return duplicates, sum(len(part.listing.ssd) for part in parts) - duplicates
