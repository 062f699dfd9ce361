"""The last comparison of two files before one may go for the other's sake, as both are now.

Files with the same picture are compared in every sample of every frame; those that look alike, in
detail (see `detail`); both in all that they hold beside their pixels. Digests only say that they
are the files that were searched. Runs in workers; whatever is wrong with a file is a verdict
against removing the other one.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import IO, Final

import msgspec
from PIL import Image

from difd.engine.formats import FAULTS, Refused, quiet
from difd.engine.orientation import codes_for
from difd.engine.prove.detail import DetailTask, compare_detail
from difd.engine.prove.pixel_proof import equal_codes
from difd.engine.prove.scan_end import ending_fault, may_end_wrong
from difd.engine.read.decode import damage_reason, open_any, shown_as
from difd.engine.read.source import open_source
from difd.engine.read.value.packed import lost_items
from difd.engine.read.value.survey import Survey, survey

CHANGED: Final = "one of the two files is not what the search saw"


class ProofTask(DetailTask, frozen=True):
    """A file that is to go, and the one that stays.

    Attributes:
        same_pixels: they are said to be equal in every pixel, not only alike.
        may_lose: somebody accepted that what only the removal holds is lost.
    """

    same_pixels: bool = False
    may_lose: bool = False


class Proof(msgspec.Struct, frozen=True):
    """Whether the removal may go.

    Attributes:
        same: nothing speaks against it.
        reason: one phrase for people if something does; else empty.
        place: where the largest difference is, see `detail.DetailVerdict`; None if unknown.
    """

    same: bool
    reason: str = ""
    place: tuple[float, float, float, float] | None = None


def prove(task: ProofTask) -> Proof:
    """Compare both files. Reads them, never raises for what is in them."""
    try:
        with quiet(), ExitStack() as stack:
            # Nobody can have made two contents that digests with a key of this moment call equal.
            key = os.urandom(32)
            removal = stack.enter_context(_opened(task.removal, task.removal_digest, key))
            keeper = stack.enter_context(_opened(task.keeper, task.keeper_digest, key))
            reason = _unlike(task, removal, keeper) or _ends_wrong(removal, keeper)
            if not reason and task.same_pixels:
                reason = _unlike_pixels(task, removal, keeper)
    except Refused as refusal:
        reason = f"it cannot be compared in full: {refusal}"
    except (MemoryError, Image.DecompressionBombError):
        reason = "it cannot be compared in full: that needs too much memory"
    except FAULTS as error:
        reason = f"it cannot be compared in full: {damage_reason(error)}"
    if reason or task.same_pixels:
        return Proof(not reason, reason)
    verdict = compare_detail(task)
    return Proof(verdict.same, verdict.reason, verdict.place)


class _Opened(msgspec.Struct, frozen=True):
    """A file that is open; `incomplete`: it shows more than is decoded."""

    picture: Image.Image
    incomplete: bool
    found: Survey
    stream: IO[bytes]


@contextmanager
def _opened(path: bytes, digest: bytes, key: bytes) -> Iterator[_Opened]:
    with open_source(path) as source:
        if source.digest != digest:
            raise Refused(CHANGED)
        picture, incomplete = open_any(path, source.stream)
        with picture:
            found = survey(source.stream, str(picture.format), key)
            yield _Opened(picture, incomplete, found, source.stream)


def _unlike(task: ProofTask, removal: _Opened, keeper: _Opened) -> str:
    """What speaks against it before anything is decoded."""
    lost = lost_items(removal.found.items, keeper.found.items)
    if lost and not task.may_lose:
        return f"only this one has {lost}"
    if keeper.found.damage and not removal.found.damage:
        return f"the file that stays is damaged: {keeper.found.damage}"
    if removal.found.shown != keeper.found.shown:
        return "the two are shown in different colours, proportions or times"
    return ""


def _ends_wrong(removal: _Opened, keeper: _Opened) -> str:
    """What is wrong with the end of the file that stays, and not with that of the other one."""
    if may_end_wrong(removal.picture, removal.stream, keeper.picture, keeper.stream):
        fault = ending_fault(keeper.picture, keeper.stream)
        if fault and not ending_fault(removal.picture, removal.stream):
            return f"the file that stays is damaged: {fault}"
    return ""


def _unlike_pixels(task: ProofTask, removal: _Opened, keeper: _Opened) -> str:
    """What of two pictures that are said to be equal is not."""
    if removal.incomplete or keeper.incomplete:
        return "it cannot be compared in full: one of the two shows more than is decoded"
    one, other = (shown_as(opened.picture, opened.found) for opened in (removal, keeper))
    if one != other:
        return "the colours of the two are described by different profiles"
    if not equal_codes(removal.picture, keeper.picture, codes_for(task.rotation, task.mirrored)):
        return "its pixels are not those of the file that stays"
    return ""
