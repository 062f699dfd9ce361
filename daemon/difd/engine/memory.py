"""What the engine asks of a memory: what became of files that were read before.

The engine is given one and never knows where it keeps things; without one, it reads everything.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Collection, Sequence
from contextlib import suppress
from functools import cache
from typing import Final, Protocol

import PIL
from PIL import features

from difd.engine.formats import PLUGINS, is_raw
from difd.engine.record import ReadRequest, Record, Unreadable

ENGINE_VERSION: Final = 8
"""One up whenever the same file may become another record: older ones are then not recalled."""

FEATURES_VERSION: Final = 1
"""The same for features."""

_MODES: Final = ("exact", "fast")
"""The one that tells most first."""

_CODECS: Final = (
    "libjpeg_turbo",
    "jpg",
    "jpg_2000",
    "zlib",
    "libtiff",
    "webp",
    "avif",
    "littlecms2",
)


@cache
def decoder_version() -> str:
    """Everything that decides what a file's bytes become: engine, Pillow, its codecs, plugins."""
    parts = [f"engine {ENGINE_VERSION}", f"Pillow {PIL.__version__}"]
    parts += [f"{codec} {features.version(codec)}" for codec in _CODECS]
    parts += [f"{plugin} {_version_of(plugin)}" for plugin in PLUGINS]
    return ", ".join(parts)


def _version_of(distribution: str) -> str:
    """The version that is installed, by the folder that says so; "none" if there is none.

    What Python has for this reads these folders, too, and takes 0.14 s to import while both
    processors are busy, which they are when difd starts.
    """
    begins = distribution.lower().replace("-", "_") + "-"
    for folder in sys.path:
        with suppress(OSError):
            for name in os.listdir(folder or "."):
                stem, ending = os.path.splitext(name)
                if ending in {".dist-info", ".egg-info"} and stem.lower().startswith(begins):
                    return stem[len(begins) :]
    return "none"


def form_of(request: ReadRequest) -> str:
    """Everything besides a file's bytes that decides its record."""
    raw = is_raw(request.file.path)
    return _form(request.px_size, request.mode, raw, request.shown, decoder_version())


def forms_for(request: ReadRequest) -> tuple[str, ...]:
    """The forms that may answer a request, the best first (see `answers`).

    For a first look, exact ones do, too; and most pictures are stored as they are shown.
    """
    raw = is_raw(request.file.path)
    return _forms(request.px_size, request.mode, raw, request.shown, decoder_version())


def is_answer(request: ReadRequest, record: Record) -> bool:
    """Whether a record of one of the forms that may answer a request does."""
    return not request.shown or record.colours != "stored"


def features_form(request: ReadRequest) -> str:
    """Everything besides a file's bytes that decides its features."""
    kind = _kind(is_raw(request.file.path))
    return f"features {FEATURES_VERSION}, {kind}, {decoder_version()}"


@cache
def _forms(px: int, mode: str, raw: bool, shown: bool, decoders: str) -> tuple[str, ...]:  # noqa: FBT001  asked for every file, and names take as long as the answer
    modes: tuple[str, ...] = ("exact",) if mode == "exact" else _MODES
    kinds = (True, False) if shown else (False,)
    return tuple(_form(px, one, raw, kind, decoders) for one in modes for kind in kinds)


@cache
def _form(px: int, mode: str, raw: bool, shown: bool, decoders: str) -> str:  # noqa: FBT001  the same
    return f"{px} px, {mode}, {_kind(raw)}, {'as shown, ' if shown else ''}{decoders}"


def _kind(raw: bool) -> str:  # noqa: FBT001
    return "raw" if raw else "image"


class Memory(Protocol):
    """Remembers records by what is in a file, and which files hold what.

    Nothing here raises because of the memory's own faults: what it cannot recall is read again.
    """

    def begin(self) -> None:
        """A build begins."""

    def recall(self, requests: Sequence[ReadRequest]) -> list[Record | Unreadable | None]:
        """What became of files whose stat is known, None for the others; opens none of them.

        Here and below, where a first look is asked for, an exact record is taken if there is one.
        """

    def contents(self, requests: Sequence[ReadRequest]) -> list[Collection[bytes]]:
        """For each file, the digests of all known contents that it, by size and kind, may have."""

    def find(self, request: ReadRequest, digest: bytes) -> Record | Unreadable | None:
        """What became of a content that turned out to be known, as that of this file."""

    def keep(self, request: ReadRequest, record: Record) -> list[Record]:
        """Remember a record that was just made.

        Returns:
            Records that are settled, this one or earlier ones: equal to what was given, and
            perhaps backed by a file where they took memory before. Every record comes back once,
            here or from `flush`.
        """

    def blame(self, request: ReadRequest, unreadable: Unreadable) -> None:
        """Remember a content that cannot be read; `unreadable` has its digest."""

    def note(self, request: ReadRequest, digest: bytes) -> None:
        """Remember that a file holds a content whose record is known or was given to `keep`."""

    def flush(self) -> list[Record]:
        """Write everything down; the records that were not settled yet."""

    def release(self) -> None:
        """Let go of the working memory that records occupy; their planes can still be read."""


class NoMemory:
    """A `Memory` that forgets everything at once."""

    def begin(self) -> None:
        """Do nothing."""

    def recall(self, requests: Sequence[ReadRequest]) -> list[Record | Unreadable | None]:
        """Know nothing."""
        return [None] * len(requests)

    def contents(self, requests: Sequence[ReadRequest]) -> list[Collection[bytes]]:
        """Know nothing."""
        return [()] * len(requests)

    def find(self, _request: ReadRequest, _digest: bytes) -> Record | Unreadable | None:
        """Know nothing."""
        return None

    def keep(self, _request: ReadRequest, record: Record) -> list[Record]:
        """Give the record back."""
        return [record]

    def blame(self, request: ReadRequest, unreadable: Unreadable) -> None:
        """Do nothing."""

    def note(self, request: ReadRequest, digest: bytes) -> None:
        """Do nothing."""

    def flush(self) -> list[Record]:
        """Hold nothing back."""
        return []

    def release(self) -> None:
        """Do nothing: records have no other place."""
