"""One search: what is compared with what, and what becomes of the matches."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

import numpy as np
from msgspec.structs import replace
from numpy.typing import NDArray

from difd.engine.ending import EndedEarly, IsCancelled, never
from difd.engine.group.grouping import Grouping, Links, Walk, picture_of, under_equals
from difd.engine.group.ignoring import Contents
from difd.engine.group.keep import KeepOrder, in_keep_order, parse_rules
from difd.engine.group.listing import EarliestPartners
from difd.engine.group.report import Part
from difd.engine.group.roles import Roles, assign_roles, assign_sides
from difd.engine.group.undecoded import NO_COPIES, NO_LISTING, group_undecoded
from difd.engine.library import Library
from difd.engine.match.classes import Classes, fold
from difd.engine.match.comparison import Comparison
from difd.engine.match.lookup import Neighbours
from difd.engine.match.signature import signatures_of
from difd.engine.orientation import allowed_turns
from difd.engine.processors import usable_processors
from difd.engine.progress import Meter
from difd.engine.prove.turned_copies import turned_copies
from difd.engine.record import Record
from difd.engine.work import WorkPool
from difd.protocol.ignoring import Ignored
from difd.protocol.options import SearchOptions

if TYPE_CHECKING:
    from difd.engine.edited.descent import Copy


class Search:
    """One search; `span` is the place of the current part in the whole: (start, length)."""

    def __init__(
        self,
        library: Library,
        options: SearchOptions,
        pool: WorkPool,
        meter: Meter,
        check: Callable[[], None],
        *,
        ignored: Ignored,
        early: IsCancelled = never,
    ) -> None:
        self._early, self.is_partial = early, False
        self._library, self._options, self._ignored = library, options, ignored
        self._pool, self._meter = pool, meter
        self._check = check
        self._rules = parse_rules(options.keep).rules
        self._allowed = allowed_turns(rotate=options.rotate, mirror=options.mirror)
        self._query = options.query and bool(library.named)
        self._sides = assign_sides([record.file for record in library.records], options.across)
        self._matches = 0
        self.not_laid = library.not_laid
        self.span = (0.0, 1.0)

    def part(self, folder: bytes | None, images: NDArray[np.int64]) -> Part:
        """Compare some images with each other."""
        records = [self._library.records[image] for image in images.tolist()]
        contents = Contents([record.digest for record in records], self._ignored)
        sums = self._library.sums[images]
        sides = self._sides[images]
        classes = fold(records, sums, self._allowed, contents.of, self._check, sides=sides)
        roles = assign_roles(
            records, classes, contents, sides, query=self._query, across=self._options.across
        )
        first = classes.first
        comparison = Comparison(
            [records[image] for image in first.tolist()],
            signatures_of(self._library.signatures, images[first]),
            self._options,
            pool=self._pool,
            check=self._check,
            alone=self._alone(images[first]),
        )
        partners = EarliestPartners(classes, roles)
        links = Links(classes, roles)
        neighbours = Neighbours(comparison, len(classes), relevant=roles.may_match)
        inside = classes.sizes * (classes.sizes - 1) // 2
        self._matches += int(inside[roles.united].sum())

        def relevant(a: NDArray[np.int64], b: NDArray[np.int64]) -> NDArray[np.bool_]:
            possible = roles.may_match(a, b)
            if not neighbours.complete:
                possible &= partners.improves(a, b) | links.apart(a, b)
            return possible

        try:
            for edges in comparison.edges(relevant, self._on_compared):
                neighbours.add(edges)
                partners.add(edges)
                links.add(edges)
                self._matches += int((classes.sizes[edges.a] * classes.sizes[edges.b]).sum())
        except EndedEarly:
            # Every match found until then is one; those that were not found are missing.
            self.is_partial = True
        neighbours.finish()
        copies = turned_copies(records, self._allowed, self._pool, self._check)
        links.add_copies(copies)

        def distance(one: int, other: int) -> int:
            return self._copy_distance(comparison, classes, one, other)

        walk = Walk(
            classes,
            roles,
            neighbours,
            copies,
            distance=distance,
            reference=np.array([record.file.reference for record in records], np.bool_),
            check=self._check,
        )
        keep, groups = in_keep_order(
            self._rules, records, links.components(), picture_of(records, copies), self._check
        )
        grouping = walk.run(groups)
        return Part(
            folder,
            records,
            partners.listing(copies, distance),
            under_equals(grouping, records, classes, roles, copies, distance),
            copies,
            allowed=self._allowed,
            keep=keep,
            roles=roles,
            px=self._options.px_size,
            edited=self._edited(records, classes, roles, grouping, keep),
        )

    def _edited(
        self,
        records: Sequence[Record],
        classes: Classes,
        roles: Roles,
        grouping: Grouping,
        keep: KeepOrder,
    ) -> list[Copy]:
        """The edited copies among those pictures that are listed under no other one."""
        if not self._options.edited:
            return []
        if self._early():
            self.is_partial = True
            return []
        # Most searches do not ask for them, and these take a tenth of the engine's start.
        from difd.engine.edited.descent import (  # noqa: PLC0415
            Pictures,
            descent,
            origin_of,
        )
        from difd.engine.edited.related import related  # noqa: PLC0415

        chosen = np.flatnonzero(
            (grouping.keeper < 0) | (grouping.keeper == np.arange(len(records)))
        )
        some = [records[image] for image in chosen.tolist()]
        members = np.bincount(grouping.keeper[grouping.keeper >= 0], minlength=len(records))[chosen]

        def may_pair(a: NDArray[np.int64], b: NDArray[np.int64]) -> NDArray[np.bool_]:
            of = classes.class_of.astype(np.int64)[chosen]
            return roles.may_match(of[a], of[b])

        def is_better(one: int, other: int) -> bool:
            if members[one] != members[other]:
                # What others are like is rather what they were made of.
                return bool(members[one] > members[other])
            return keep.prefers(some[one], some[other])

        pictures = Pictures(some, members, is_better)
        self._meter.stage("lay", laid=0.0)
        found = related(
            some,
            may_pair,
            self._pool,
            self._check,
            self._on_laid,
            lambda relation: origin_of(relation, pictures),
            threads=self._options.processes or usable_processors(),
        )
        self._meter.stage("match", **({"laid": 1.0} if found.complete else {}))
        self.is_partial |= not found.complete
        self.not_laid += found.left_out
        return [
            replace(copy, image=int(chosen[copy.image]), origin=int(chosen[copy.origin]))
            for copy in descent(found.relations, pictures, overlaps=self._options.overlaps)
        ]

    def _on_laid(self, share: float) -> bool:
        self._check()
        self._meter.advance(share, laid=share)
        return self._early()

    def undecoded(self, folder: bytes | None, images: NDArray[np.int64]) -> Part:
        """Put pictures that nothing decodes into groups of the same bytes."""
        records = [self._library.undecoded[image] for image in images.tolist()]
        grouping, roles, keep = group_undecoded(
            records, self._rules, self._options, self._ignored, self._check, query=self._query
        )
        return Part(
            folder,
            records,
            NO_LISTING,
            grouping,
            NO_COPIES,
            allowed=self._allowed,
            keep=keep,
            roles=roles,
            px=self._options.px_size,
        )

    def _alone(self, images: NDArray[np.int64]) -> NDArray[np.bool_] | None:
        """Which of some images are known to match nothing."""
        known = self._library.alone
        return None if known is None else known[images]

    def _copy_distance(self, comparison: Comparison, classes: Classes, one: int, other: int) -> int:
        """The SSD of turned copies: 0 in a search for duplicates, else that of the tensors.

        Pixels that are equal are duplicates, whatever the resize made of them.
        """
        a, b = int(classes.class_of[one]), int(classes.class_of[other])
        return 0 if self._options.similarity == 0 or a == b else comparison.ssd(a, b)

    def _on_compared(self, fraction: float) -> None:
        self._check()
        start, length = self.span
        share = start + length * fraction
        self._meter.advance(share, compared=share, matches=self._matches)
        if fraction < 1 and self._early():
            raise EndedEarly
