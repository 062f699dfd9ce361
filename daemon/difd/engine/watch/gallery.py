"""Pictures that are known, kept ready, so that new ones are compared with them and nothing else is.

A search that only wants pairs with a new picture needs of all known ones those that are near a new
one. They are chosen here by the same bounds that a whole search uses, which lose none; the search
itself is then the ordinary one. So its result is that of a search among all of them.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from difd.digests import is_former
from difd.engine.edited.related import likely_pairs
from difd.engine.match import candidates
from difd.engine.match.distance import ssd_limit
from difd.engine.match.join import Line, widest
from difd.engine.match.signature import (
    LENGTH,
    norms_slack,
    orbit_norms,
    radius,
    signatures,
    turned_order,
)
from difd.engine.memory import Memory
from difd.engine.orientation import allowed_turns
from difd.engine.processors import usable_processors
from difd.engine.read.look import ERROR
from difd.engine.read.reading import Reading
from difd.engine.record import DecodeMode, Found, Record
from difd.engine.work import WorkPool
from difd.protocol.options import MSE_MAX, SearchOptions
from difd.protocol.watching import KnownImage

_CHECK_EVERY: Final = 64
"""New pictures between two looks at cancellation."""


class Gallery:
    """Known pictures, as records and signatures.

    Args:
        px_size: edge of their tensors.
        mode: how they are decoded.
        shown: their tensors are in sRGB.
        features: they have features.
    """

    def __init__(
        self, px_size: int, mode: DecodeMode, *, shown: bool = False, features: bool = False
    ) -> None:
        self._px, self._mode = px_size, mode
        self._shown, self._features = shown, features
        self._records: list[Record] = []
        self._signatures = np.empty((0, LENGTH), np.float32)

    @property
    def records(self) -> Sequence[Record]:
        """The pictures."""
        return self._records

    def __len__(self) -> int:
        return len(self._records)

    def refresh(
        self,
        files: Mapping[bytes, KnownImage],
        pool: WorkPool,
        memory: Memory,
        check: Callable[[], None],
    ) -> None:
        """Make it hold these files and no others; only those that it lacks are read.

        Args:
            files: by path; those that cannot be read as images are passed over.
            pool: where files are read that `memory` does not know.
            memory: what was read before.
            check: called all the time; may raise to stop.
        """
        kept = [
            number
            for number, record in enumerate(self._records)
            if (image := files.get(record.file.path)) is not None and _holds(image, record)
        ]
        if len(kept) < len(self._records):
            self._records = [self._records[number] for number in kept]
            self._signatures = self._signatures[kept]
        here = {record.file.path for record in self._records}
        missing = [
            found_of(image) for path, image in files.items() if image.digest and path not in here
        ]
        if missing:
            reading = Reading(
                self._px,
                pool,
                memory,
                check,
                lambda _done, _share: None,
                mode=self._mode,
                shown=self._shown,
                features=self._features,
            )
            records, _ = reading.run(missing)
            # A file that is another by now is told of as a change, and comes as a new one then.
            same = [record for record in records if _holds(files[record.file.path], record)]
            self.add(same, check)

    def add(self, records: Sequence[Record], check: Callable[[], None]) -> None:
        """Take in pictures that are not in it."""
        tensors = [record.tensor for record in records]
        coefficients, _ = signatures(tensors, self._px, lambda _done: check())
        self._records += records
        self._signatures = np.concatenate((self._signatures, coefficients))

    def candidates(
        self, new: Sequence[Record], options: SearchOptions, check: Callable[[], None]
    ) -> tuple[list[Record], int]:
        """All known pictures that may match a new one, and perhaps some that do not.

        Beside them, how many pairs with new ones have so much in common with others that they are
        not looked at for edited copies.

        Args:
            new: the new pictures, none of which is in the gallery.
            options: of these, similarity, rotate, mirror, px_size and decode count.
            check: called now and then; may raise to stop.
        """
        chosen = np.zeros(len(self._records), np.bool_)
        if not len(chosen) or not new:
            return [], 0
        self._choose_near(chosen, new, options, check)
        self._choose_equal(chosen, new)
        not_laid = self._choose_edited(chosen, new, check) if options.edited else 0
        return [self._records[number] for number in np.nonzero(chosen)[0].tolist()], not_laid

    def _choose_near(
        self,
        chosen: NDArray[np.bool_],
        new: Sequence[Record],
        options: SearchOptions,
        check: Callable[[], None],
    ) -> None:
        similarity = options.similarity
        if options.decode == "auto":
            # What is near by quick tensors is decoded in full before it is decided.
            similarity = min(MSE_MAX, (math.sqrt(similarity) + 2 * ERROR) ** 2)
        furthest = radius(ssd_limit(similarity, self._px), self._px)
        turns = allowed_turns(rotate=options.rotate, mirror=options.mirror)
        turned = candidates.turned(turns, [turned_order(code) for code in turns])
        coefficients, _ = signatures([record.tensor for record in new], self._px)
        together = np.concatenate((self._signatures, coefficients))
        if len(turns) == 1:
            points, reach = widest(together), furthest
        else:
            points, reach = widest(together, orbit_norms), furthest + norms_slack(self._px)
        known = len(self._records)
        line = Line(points, np.arange(known))
        for number in range(known, len(together)):
            if number % _CHECK_EVERY == 0:
                check()
            others = line.near(number, reach)
            others = others[~chosen[others]]
            own = np.full(len(others), number)
            found = candidates.turns_of_pairs(together, others, own, furthest, turned)
            chosen[others[found > 0]] = True

    def _choose_edited(
        self, chosen: NDArray[np.bool_], new: Sequence[Record], check: Callable[[], None]
    ) -> int:
        """Those that may show parts of a new one; how many pairs are left out."""
        known = len(self._records)
        pairs, left_out = likely_pairs(
            [*self._records, *new], check, usable_processors(), first=known
        )
        chosen[pairs[:, 0]] = True
        return left_out

    def _choose_equal(self, chosen: NDArray[np.bool_], new: Sequence[Record]) -> None:
        """Turned copies are matches whatever their tensors are (see `turned_copies`)."""
        pixels = {record.pixel_digest for record in new if record.pixel_digest}
        sums = {record.sums_digest for record in new if record.sums_digest}
        tallies = {record.tally for record in new if record.tally}
        for number, record in enumerate(self._records):
            equal = record.pixel_digest in pixels or record.sums_digest in sums
            if equal or record.tally in tallies:
                chosen[number] = True


def _holds(image: KnownImage, record: Record) -> bool:
    """Whether a known picture is still what a record was made of."""
    if is_former(image.digest):
        return image.digest == record.former
    return image.digest == record.digest


def found_of(image: KnownImage) -> Found:
    """The file of a known picture, to be read if it is as it was."""
    return Found(
        path=image.path,
        device=image.device,
        inode=image.inode,
        size=image.size,
        mtime_ns=image.mtime_ns,
        ctime_ns=image.ctime_ns,
    )
