"""Whether what belongs to a picture may be deleted with it: if the file that stays has its equal.

Asked when the plan is made, and again right before: the sidecar that stays may have been edited.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from difd.actions.belongings import Siblings, belongings
from difd.actions.witness import has_content
from difd.protocol.errors import ActionRefused
from difd.store.action_items import Witness

LOST_WITH_IT: Final = (
    "Its sidecar or movie would be lost: the file that stays has no equal one. "
    "Trash or move it instead."
)


def check_equal_company(
    files: Sequence[Witness], keeper: bytes, siblings: Siblings | None = None
) -> list[bytes]:
    """Make sure that each of the files has an equal among what belongs to the keeper.

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
    beside = belongings(keeper, siblings).files
    equals = []
    for file in files:
        equal = next((path for path in beside if has_content(path, file)), None)
        if equal is None:
            raise ActionRefused(LOST_WITH_IT, path=file.path)
        equals.append(equal)
    return equals
