"""Files in the trash, their notes, and what else lies there."""

from __future__ import annotations

import os
from pathlib import Path

from difd.actions.checks.trash_place import TrashPlace, choose
from difd.actions.files.appearance import appearance_of
from difd.actions.verbs.steps import reverse
from difd.actions.verbs.trash import put
from difd.store.action_items import Trashing, Witness
from harness.files import read
from harness.witnesses import witness


def trashed(path: bytes) -> TrashPlace:
    place = choose(path)
    put(witness(path), place)
    return place


def restore(place: TrashPlace, path: bytes, digest: bytes, temporary: bytes = b"") -> None:
    """Bring a file back as `undo` does, with the look that it has in the trash."""
    status = os.lstat(place.file) if os.path.lexists(place.file) else None
    file = Witness(
        path=path,
        device=0,
        inode=0,
        size=status.st_size if status else 0,
        mtime_ns=0,
        digest=digest,
    )
    look = appearance_of(place.file) if status else None
    reverse(
        Trashing(
            file,
            place.file,
            place.info,
            temporary or os.path.dirname(path) + b"/.difd-back.part",
            os.path.dirname(place.file) + b"/.difd-gone.part",
            appearance=look,
        )
    )


def note(place: TrashPlace) -> dict[bytes, bytes]:
    first, *lines = read(place.info).splitlines()
    assert first == b"[Trash Info]"
    return dict(line.split(b"=", 1) for line in lines)


def everything(trash: Path) -> list[str]:
    return sorted(str(path.relative_to(trash)) for path in trash.rglob("*") if not path.is_dir())
