"""What a build made and has not written down yet, and the thread that writes it meanwhile."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Final

import msgspec

from difd.engine.memory import features_form, form_of
from difd.engine.record import ReadRequest, Record, Unreadable
from difd.store.cache.slot_content import pack_features, pack_record, pack_unreadable

_RECORDS: Final = 2048
_BYTES: Final = 16 << 20
"""A batch is full when it has so many records, or so many bytes of planes."""

Slot = tuple[ReadRequest, bytes, str, list[bytes | memoryview]]
"""What a file was read for, the digest of its content, the form of what is to be written, and that
in pieces."""


class Batch(msgspec.Struct):
    """What is written down in one go.

    Attributes:
        records: with what they were made for.
        blamed: contents that cannot be read.
        noted: files, with the digest of the content that they hold.
        size: of the planes of the records, in bytes.
    """

    records: list[tuple[ReadRequest, Record]] = []
    blamed: list[tuple[ReadRequest, Unreadable]] = []
    noted: list[tuple[ReadRequest, bytes]] = []
    size: int = 0

    def add(self, request: ReadRequest, record: Record) -> None:
        """Take a record."""
        self.records.append((request, record))
        self.size += record.planes.nbytes

    @property
    def is_full(self) -> bool:
        """Whether it is time to write it down."""
        return len(self.records) >= _RECORDS or self.size >= _BYTES

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to write down."""
        return not (self.records or self.blamed or self.noted)

    @property
    def given(self) -> list[Record]:
        """The records as they were given."""
        return [record for _, record in self.records]

    def slots(self) -> list[Slot]:
        """What goes into a slab: records, in their order; then blames, and features."""
        slots: list[Slot] = [
            (request, record.digest, form, pack_record(record, form))
            for request, record in self.records
            for form in (form_of(request),)
        ]
        slots += [
            (request, entry.digest, form, pack_unreadable(entry, form))
            for request, entry in self.blamed
            for form in (form_of(request),)
        ]
        slots += [
            (request, record.digest, form, pack_features(record.digest, form, record.features))
            for request, record in self.records
            if record.features is not None
            for form in (features_form(request),)
        ]
        return slots

    def holdings(self) -> list[tuple[ReadRequest, bytes]]:
        """Every file of the batch with the digest of its content."""
        return [
            *self.noted,
            *((request, record.digest) for request, record in self.records),
            *((request, entry.digest) for request, entry in self.blamed),
        ]


class Writing:
    """Writes one batch at a time in a thread of its own: the disk takes as long as the decoders."""

    def __init__(self) -> None:
        self._thread: threading.Thread | None = None
        self._settled: list[Record] = []
        self._fault: BaseException | None = None

    def begin(self, work: Callable[[], list[Record]]) -> None:
        """Have some work done, once what was begun before has ended.

        Args:
            work: gives the records that are settled by it.
        """
        self.wait()
        self._thread = threading.Thread(target=self._do, args=(work,), name="difd-cache")
        self._thread.start()

    def end(self) -> list[Record]:
        """Wait for what was begun; the records that were settled since they were asked for.

        Raises:
            BaseException: what the work raised.
        """
        self.wait()
        settled, self._settled = self._settled, []
        return settled

    def wait(self) -> None:
        """Wait for what was begun; raises as `end`."""
        if self._thread is not None:
            self._thread.join()
            self._thread = None
        if self._fault is not None:
            fault, self._fault = self._fault, None
            raise fault

    def _do(self, work: Callable[[], list[Record]]) -> None:
        try:
            self._settled += work()
        except BaseException as fault:  # noqa: BLE001  told by whoever waits
            self._fault = fault
