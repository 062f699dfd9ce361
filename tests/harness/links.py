"""Links in the place of files and back, as actions make them, without a plan."""

from __future__ import annotations

import os

from difd.actions.checks.last_look import last_look
from difd.actions.files.folders import held
from difd.actions.verbs import linking
from difd.store.action_items import Appearance, Witness


def replace(file: Witness, keeper: Witness, kind: linking.Kind, temporary: bytes) -> None:
    with last_look(file, keeper, "link", probe=temporary) as look:
        linking.replace(file, keeper, kind, temporary, look)


def separate(
    path: bytes,
    keeper: bytes,
    digest: bytes,
    appearance: Appearance,
    temporary: bytes,
    kind: linking.Kind = "hard",
) -> None:
    with held(os.path.dirname(path)) as folder:
        linking.separate(
            path,
            keeper,
            kind,
            digest=digest,
            appearance=appearance,
            temporary=temporary,
            folder=folder,
        )
