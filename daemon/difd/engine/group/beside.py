"""What is told of an edited copy: how it lies in its origin, and why it may or may not go."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence

from difd.engine.edited.changes import LEAST_SCALE, lie_of
from difd.engine.edited.descent import Copy
from difd.engine.edited.verdict import Verdict
from difd.engine.group.keep import fixed_reason
from difd.engine.record import Record
from difd.protocol.results import Action, Match


class Beside:
    """An edited copy as it is listed.

    Args:
        copy: the copy.
        records: all pictures.
        has_others: others are listed under it.

    Attributes:
        lie: how it lies in its origin.
        match: edited, or overlap.
        action: never `remove`: it may be looked at, and taken then, if nothing is lost with it.
        reason: why, one sentence.
        warnings: what stands against it.
    """

    def __init__(self, copy: Copy, records: Sequence[Record], *, has_others: bool) -> None:
        self.lie = lie_of(copy, records)
        overlaps = copy.laid.verdict is Verdict.OVERLAP
        self.match: Match = "overlap" if overlaps else "edited"
        against = next(self._against(copy, records, has_others=has_others), "")
        self.action: Action = "none" if against else "review"
        self.warnings = (against,) if against else ()
        # Names that are not UTF-8 must not make the sentence unsendable.
        name = os.path.basename(records[copy.origin].file.path).decode(errors="replace")
        what = f"overlaps {name}" if overlaps else f"an edited copy of {name}"
        told = ": ".join((what, ", ".join(self.lie.changes))).rstrip(": ")
        self.reason = f"{told}; never proposed: {against}" if against else f"{told}: look first"

    def _against(self, copy: Copy, records: Sequence[Record], *, has_others: bool) -> Iterator[str]:
        """What stands against letting it go, as clauses."""
        record, origin = records[copy.image], records[copy.origin]
        if self.match == "overlap" or not copy.is_crop:
            yield "it shows something that the other one does not"
        if self.lie.scale < LEAST_SCALE:
            yield "it has a higher resolution"
        if has_others:
            yield "others are listed under it"
        if record.file.reference:
            yield "it lies in a reference folder"
        if not record.file.writable:
            yield f"it cannot be removed: {fixed_reason(record)}"
        if origin.file.passing and origin.file.passing != record.file.passing:
            yield f"the other one lies in {origin.file.passing}, where files do not stay"
