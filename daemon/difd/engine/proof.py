"""The full comparison of two files that are said to hold the same picture, before one may go.

Every sample of every frame is compared, and all that the two files hold beside their pixels, as the
files are now. Digests only say that they are the files that were searched. Runs in workers;
whatever is wrong with a file is a verdict against removing the other one for its sake.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import Final

from PIL import Image

from difd.engine.decode import damage_reason, open_any, quiet, shown_as
from difd.engine.formats import FAULTS, Refused
from difd.engine.orientation import TURNS
from difd.engine.pixels import equal_codes
from difd.engine.source import open_source
from difd.engine.value.packed import lost_items
from difd.engine.value.survey import Survey, survey

CHANGED: Final = "one of the two files is not what the search saw"


@dataclass(frozen=True, slots=True)
class ProofTask:
    """A file that is to go, and the one that stays.

    Attributes:
        number: the caller's own number of the pair.
        removal: absolute path.
        keeper: absolute path.
        rotation: degrees counter-clockwise that turn the removal onto the keeper, after mirroring,
            both as displayed; None to try all four.
        mirrored: whether the removal is flipped left to right first; None to try both.
        removal_digest: digest of the file's bytes, as the search saw it.
        keeper_digest: likewise.
        pixels: their pixels are to be compared; false to compare only what they hold besides.
        may_lose: somebody accepted that what only the removal holds is lost.
    """

    number: int
    removal: bytes
    keeper: bytes
    rotation: int | None
    mirrored: bool | None
    removal_digest: bytes
    keeper_digest: bytes
    pixels: bool = True
    may_lose: bool = False


@dataclass(frozen=True, slots=True)
class _Opened:
    picture: Image.Image
    found: Survey


def prove(task: ProofTask) -> str:
    """Why the removal may not go for the keeper's sake, a phrase for people; empty if it may.

    Reads both files, never raises for what is in them.
    """
    try:
        with quiet(), ExitStack() as stack:
            # Nobody can have made two contents with the same digests of a key that is drawn now.
            key = os.urandom(32)
            removal = stack.enter_context(_opened(task.removal, task.removal_digest, key))
            keeper = stack.enter_context(_opened(task.keeper, task.keeper_digest, key))
            return _objection(task, removal, keeper)
    except Refused as refusal:
        return f"the two cannot be compared in full: {refusal}"
    except (MemoryError, Image.DecompressionBombError):
        return "the two cannot be compared in full: that needs too much memory"
    except FAULTS as error:
        return f"the two cannot be compared in full: {damage_reason(error)}"


@contextmanager
def _opened(path: bytes, digest: bytes, key: bytes) -> Iterator[_Opened]:
    with open_source(path) as source:
        if source.digest != digest:
            raise Refused(CHANGED)
        picture, incomplete = open_any(path, source.stream)
        with picture:
            if incomplete:
                raise Refused("it shows more than is decoded")
            yield _Opened(picture, survey(source.stream, str(picture.format), key))


def _objection(task: ProofTask, removal: _Opened, keeper: _Opened) -> str:
    lost = lost_items(removal.found.items, keeper.found.items)
    if lost and not task.may_lose:
        return f"only this one has {lost}"
    if keeper.found.damage and not removal.found.damage:
        return f"the file that stays is damaged: {keeper.found.damage}"
    if not task.pixels:
        return ""
    if shown_as(removal.picture, removal.found) != shown_as(keeper.picture, keeper.found):
        return "the two are shown in different colours or proportions"
    if not equal_codes(removal.picture, keeper.picture, _codes(task)):
        return "its pixels are not those of the file that stays"
    return ""


def _codes(task: ProofTask) -> list[int]:
    """The turns that may be meant."""
    return [
        turn.code
        for turn in TURNS
        if task.rotation in {None, turn.rotation} and task.mirrored in {None, turn.mirrored}
    ]
