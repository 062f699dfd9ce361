"""Whether what belongs to a picture may be deleted with it: if the file that stays has its equal.

Asked when the plan is made, and again right before: the sidecar that stays may have been edited.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator, Sequence
from itertools import chain
from typing import Final

from difd.actions.company.belongings import company_of
from difd.actions.company.companions import is_medium
from difd.actions.company.siblings import Siblings
from difd.actions.files.witness import have_same_bytes
from difd.protocol.errors import ActionRefused
from difd.store.action_items import Witness
from difd.system import files

LOST_WITH_IT: Final = (
    "Its sidecar or movie would be lost: the file that stays has no equal one. "
    "Trash or move it instead."
)


def check_equal_company(
    files: Sequence[Witness], keeper: bytes, siblings: Siblings | None = None
) -> list[bytes]:
    """Make sure that each of the files has an equal among what belongs to the keeper.

    Files are compared byte by byte.

    Args:
        files: what belongs to a picture that is to be deleted.
        keeper: the picture that stays.
        siblings: the same object for all pictures of a plan; None looks at the folder as it is now.

    Returns:
        The equals.

    Raises:
        ActionRefused: one has none.
    """
    if not files:
        return []
    equals = []
    for file in files:
        beside = chain(_namesakes(file.path, keeper), _listed(keeper, siblings))
        equal = next((path for path in beside if _is_equal(file.path, path)), None)
        if equal is None:
            raise ActionRefused(LOST_WITH_IT, path=file.path)
        equals.append(equal)
    return equals


def _namesakes(path: bytes, keeper: bytes) -> Iterator[bytes]:
    """Where the equal of a companion is most likely; it costs no look at all of a large folder."""
    if is_medium(keeper):
        suffix = os.path.splitext(path)[1]
        yield keeper + suffix
        yield os.path.splitext(keeper)[0] + suffix


def _listed(keeper: bytes, siblings: Siblings | None) -> Iterator[bytes]:
    # What the keeper shares with others stays as well, because the keeper does.
    yield from company_of(keeper, siblings)


def _is_equal(path: bytes, other: bytes) -> bool:
    """Whether two regular files hold the same bytes, and are not one file."""
    try:
        one, two = _opened(path), -1
        try:
            two = _opened(other)
            return _are_equal(one, two)
        finally:
            os.close(one)
            if two >= 0:
                os.close(two)
    except OSError:
        return False


def _opened(path: bytes) -> int:
    return files.open_plain(path)


def _are_equal(one: int, other: int) -> bool:
    first, second = os.fstat(one), os.fstat(other)
    if not (stat.S_ISREG(first.st_mode) and stat.S_ISREG(second.st_mode)):
        return False
    if first.st_size != second.st_size or os.path.samestat(first, second):
        return False
    return have_same_bytes(one, other)
